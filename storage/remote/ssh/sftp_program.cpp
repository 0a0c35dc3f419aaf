#include "storage/remote/ssh/sftp_program.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/ssh/program.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::ssh {

namespace {

// Both programs say nothing while they transfer; that a server is gone they notice by themselves
// (ServerAliveInterval).
constexpr int patience_times = 1000;
constexpr int status_of_ssh = 255;
constexpr std::size_t fields_before_name = 8;
constexpr std::size_t field_of_size = 4;
constexpr std::size_t escape_digits = 3;
// OpenSSH's sftp reads its commands piece by piece, 2047 bytes with the line's end; what does not
// fit into one it would take for the next command.
constexpr std::size_t command_bytes_max = 2046;

// Characters of names that no version of scp gives a meaning of its own.
constexpr std::string_view plain_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+,@%:=";

bool is_missing(const std::string& words)
{
    return words.find("not found") != std::string::npos ||
           words.find("No such file") != std::string::npos;
}

Error::Kind kind_of(const std::string& words)
{
    if (is_missing(words)) {
        return Error::Kind::not_found;
    }
    if (words.find("ermission denied") != std::string::npos) {
        return Error::Kind::denied;
    }
    return words.find("No space left") != std::string::npos ? Error::Kind::no_space
                                                            : Error::Kind::unreachable;
}

// sftp takes quotes off first, and then, in words that are patterns, a backslash before any
// character. Inside of quotes it puts one of these before *, ? and [ by itself, and takes it off
// again where a word is no pattern; a backslash stands for itself only when there are two. Braces,
// which `ls` alone gives a meaning, are left to us. (sftp(1) says little of it; seen with 9.2.)
std::string quoted(std::string_view text, std::string_view escaped)
{
    if (text.find_first_of("\r\n") != std::string_view::npos) {
        throw Error{Error::Kind::invalid,
                    fmt::format("\"{}\": sftp's commands take no names with line breaks",
                                io::printable(text)),
                    std::string{text}};
    }
    std::string word{"'"};
    // What begins with a dash would be an option.
    word += text.starts_with('-') ? "./" : "";
    for (const char c : text) {
        if (c == '\'' || c == '\\' || escaped.find(c) != std::string_view::npos) {
            word += '\\';
        }
        word += c;
    }
    return word + '\'';
}

// The value of a byte that a terminal would not show, as three octal digits say it.
std::optional<char> hidden_byte(std::string_view digits)
{
    unsigned value = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [after, problem] = std::from_chars(digits.data(), end, value, 8);
    const bool is_shown = value >= 0x20 && value < 0x7f;
    if (digits.size() != escape_digits || problem != std::errc{} || after != end || is_shown ||
        value == 0 || value > 0xff) {
        return std::nullopt;
    }
    return static_cast<char>(value);
}

// Bytes that cannot be shown stand as \ooo; a backslash stands as it is.
std::string unescaped(std::string_view shown)
{
    std::string name;
    while (!shown.empty()) {
        const auto byte =
            shown.front() == '\\' ? hidden_byte(shown.substr(1, escape_digits)) : std::nullopt;
        name += byte.value_or(shown.front());
        shown.remove_prefix(byte ? 1 + escape_digits : 1);
    }
    return name;
}

// What its listings confuse must not get there: it could not be found again.
void require_tellable(const std::string& name)
{
    if (is_shown_as_another(name)) {
        throw Error{Error::Kind::invalid,
                    fmt::format("\"{}\": sftp's listings show such a name as another one",
                                io::printable(name)),
                    name};
    }
}

}  // namespace

std::string sftp_path(const std::string& path)
{
    return quoted(path, {});
}

std::string sftp_pattern(const std::string& path)
{
    return quoted(path, "{");
}

bool is_shown_as_another(std::string_view name)
{
    return unescaped(name) != name;
}

std::vector<FileEntry> parse_long_listing(std::string_view text)
{
    std::vector<FileEntry> files;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.starts_with('-')) {
            continue;  // a directory, or what was asked
        }
        FileEntry file{{}, remote::unknown_bytes};
        for (std::size_t field = 0; field < fields_before_name; ++field) {
            const auto length = std::min(line.find(' '), line.size());
            if (field == field_of_size) {
                std::from_chars(line.data(), line.data() + length, file.bytes);
            }
            line.remove_prefix(length);
            // One blank stands before the name, which may begin with others.
            const auto blanks = std::min(line.find_first_not_of(' '), line.size());
            line.remove_prefix(field + 1 < fields_before_name ? blanks
                                                              : std::min<std::size_t>(1, blanks));
        }
        // They come with the path that was asked for.
        line.remove_prefix(line.rfind('/') + 1);
        if (!line.empty()) {
            file.name = unescaped(line);
            files.push_back(std::move(file));
        }
    }
    return files;
}

SftpProgram::SftpProgram(const Settings& settings, const remote::RemoteOptions& options)
    : settings_{settings}, options_{options}
{
}

std::string SftpProgram::path_of(const std::string& name) const
{
    return path_in(settings_.directory, name);
}

std::vector<std::string> SftpProgram::words_for(const std::string& program,
                                                const remote::RateLimit* limit) const
{
    auto words = command::split_words(program);
    const auto common = ssh_words(settings_, options_);
    words.insert(words.end(), common.begin() + 1, common.end());
    if (limit != nullptr && limit->get() != 0) {
        words.push_back(fmt::format("-l{}", std::max<std::uint64_t>(limit->get() * 8 / 1000, 1)));
    }
    return words;
}

command::Finished SftpProgram::run_program(std::vector<std::string> words,
                                           const std::string& input) const
{
    command::Command command;
    command.words = std::move(words);
    command.environment = ssh_environment(options_);
    // So that listings show names in one way, whatever the caller's language is.
    std::erase_if(command.environment,
                  [](const std::string& one) { return one.starts_with("LC_ALL="); });
    command.environment.emplace_back("LC_ALL=C");
    command.path = options_.variables.text("PATH");
    command.stop = options_.stop;
    auto finished =
        command::run(command, std::chrono::milliseconds{options_.timeout} * patience_times, input);
    if (finished.status == status_of_ssh) {
        throw error_from_words(settings_, finished.errors);
    }
    return finished;
}

command::Finished SftpProgram::run(const std::string& script, const remote::RateLimit* limit) const
{
    for (std::string_view rest{script}; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        if (line.size() > command_bytes_max) {
            throw Error{Error::Kind::invalid, "sftp's commands take no paths of such a length",
                        settings_.directory};
        }
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    const auto& program = options_.ssh.sftp_command;
    auto words = words_for(program.empty() ? "sftp" : program, limit);
    const bool is_v6 = settings_.url_host.find(':') != std::string::npos;
    words.insert(words.end(),
                 {"-b", "-", "--", is_v6 ? '[' + settings_.url_host + ']' : settings_.url_host});
    return run_program(std::move(words), script);
}

std::string SftpProgram::expect(const command::Finished& finished, const char* doing,
                                const std::string& object) const
{
    if (finished.status != 0) {
        const auto words = essential_words(finished.errors);
        throw Error{kind_of(words),
                    fmt::format("{} {} on {}: {}", doing, object, settings_.server(), words),
                    object};
    }
    return finished.output;
}

bool SftpProgram::has_directory()
{
    return run("cd " + sftp_path(settings_.directory) + "\n").status == 0;
}

void SftpProgram::make_directory()
{
    if (has_directory()) {
        return;
    }
    std::string script;
    for (std::size_t end = 0; end != std::string::npos;) {
        end = settings_.directory.find('/', end + 1);
        const auto part = settings_.directory.substr(0, end);
        // With "-" a failure is passed over: it may be there.
        script += part.empty() ? "" : "-mkdir " + sftp_path(part) + "\n";
    }
    expect(run(script + "cd " + sftp_path(settings_.directory) + "\n"), "making directory",
           settings_.directory);
}

std::vector<FileEntry> SftpProgram::list()
{
    return parse_long_listing(expect(run("ls -lna " + sftp_pattern(settings_.directory) + "\n"),
                                     "listing", settings_.directory));
}

void SftpProgram::move(bool up, const std::string& local, const std::string& path) const
{
    const auto* const limits = options_.limits.get();
    const auto* const limit = limits == nullptr ? nullptr : up ? &limits->up : &limits->down;
    const auto* const doing = up ? "writing" : "reading";
    if (settings_.protocol == Protocol::sftp || options_.ssh.scp_command.empty()) {
        expect(run(up ? fmt::format("put {} {}\n", sftp_pattern(local), sftp_path(path))
                      : fmt::format("get {} {}\n", sftp_pattern(path), sftp_path(local)),
                   limit),
               doing, path);
        return;
    }
    if (path.find_first_not_of(plain_characters) != std::string::npos) {
        throw Error{Error::Kind::invalid,
                    fmt::format("\"{}\": versions of scp differ in what they take such names for",
                                io::printable(path)),
                    path};
    }
    auto words = words_for(options_.ssh.scp_command, limit);
    const bool is_v6 = settings_.url_host.find(':') != std::string::npos;
    const auto there =
        fmt::format("{}:{}", is_v6 ? '[' + settings_.url_host + ']' : settings_.url_host, path);
    words.insert(words.end(), {"-q", "-B", "--", up ? local : there, up ? there : local});
    expect(run_program(std::move(words), {}), doing, path);
}

void SftpProgram::put(int fd, std::uint64_t bytes, const std::string& name)
{
    require_tellable(name);
    const auto path = path_of(name);
    const auto temporary = path_of(io::temporary_name(name));
    try {
        // A spool has no name of its own; the kernel's for it works in another process, too.
        move(true, fmt::format("/proc/{}/fd/{}", ::getpid(), fd), temporary);
        if (size_at(temporary) != bytes) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("{}: {} bytes were sent, others have arrived", path, bytes),
                        path};
        }
        const auto rename = fmt::format("rename {} {}\n", sftp_path(temporary), sftp_path(path));
        if (run(rename).status != 0) {
            // A server that replaces nothing.
            expect(run("-rm " + sftp_pattern(path) + "\n" + rename), "renaming to", path);
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::cancelled) {
            static_cast<void>(run("-rm " + sftp_pattern(temporary) + "\n"));
        }
        throw;
    }
}

void SftpProgram::get(const std::string& name, io::Sink& sink)
{
    const io::TempDirectory directory{options_.temp_directory.empty() ? io::default_temp_directory()
                                                                      : options_.temp_directory};
    const auto local = directory.path() + "/file";
    move(false, local, path_of(name));
    io::FileSource source{local};
    io::copy(source, sink);
}

io::Bytes SftpProgram::get_range(const std::string& name, std::uint64_t /*offset*/,
                                 std::size_t /*bytes*/)
{
    throw Error{Error::Kind::internal, "sftp's commands read no part of a file", name};
}

bool SftpProgram::remove(const std::string& name)
{
    const auto path = path_of(name);
    const auto finished = run("rm " + sftp_pattern(path) + "\n");
    if (finished.status != 0 && is_missing(essential_words(finished.errors))) {
        return false;
    }
    expect(finished, "removing", path);
    return true;
}

void SftpProgram::rename(const std::string& from, const std::string& to)
{
    if (size_of(to)) {
        throw Error{Error::Kind::invalid, "there is a file of that name already: " + path_of(to),
                    path_of(to)};
    }
    require_tellable(to);
    expect(run(fmt::format("rename {} {}\n", sftp_path(path_of(from)), sftp_path(path_of(to)))),
           "renaming", path_of(from));
}

std::optional<std::uint64_t> SftpProgram::size_at(const std::string& path) const
{
    const auto finished = run("ls -lna " + sftp_pattern(path) + "\n");
    if (finished.status != 0 && is_missing(essential_words(finished.errors))) {
        return std::nullopt;
    }
    const auto files = parse_long_listing(expect(finished, "looking at", path));
    // Of a directory there come the files that are in it.
    const auto is_it = files.size() == 1 && files.front().name == path.substr(path.rfind('/') + 1);
    return is_it ? std::optional{files.front().bytes} : std::nullopt;
}

std::optional<std::uint64_t> SftpProgram::size_of(const std::string& name)
{
    return size_at(path_of(name));
}

}  // namespace duplid::ssh
