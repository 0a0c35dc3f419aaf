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

}  // namespace

std::string sftp_quoted(const std::string& text)
{
    if (text.find_first_of("\r\n") != std::string::npos) {
        throw Error{Error::Kind::invalid,
                    fmt::format("\"{}\": sftp's commands take no names with line breaks",
                                io::printable(text)),
                    text};
    }
    // Inside of quotes sftp itself keeps *, ? and [ from standing for other characters.
    std::string quoted{"'"};
    for (const char c : text) {
        quoted += c == '\'' ? "\\'" : c == '\\' ? "\\\\" : std::string(1, c);
    }
    return quoted + '\'';
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
            file.name = std::string{line};
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
    return run("cd " + sftp_quoted(settings_.directory) + "\n").status == 0;
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
        script += part.empty() ? "" : "-mkdir " + sftp_quoted(part) + "\n";
    }
    expect(run(script + "cd " + sftp_quoted(settings_.directory) + "\n"), "making directory",
           settings_.directory);
}

std::vector<FileEntry> SftpProgram::list()
{
    return parse_long_listing(expect(run("ls -lna " + sftp_quoted(settings_.directory) + "\n"),
                                     "listing", settings_.directory));
}

void SftpProgram::move(bool up, const std::string& local, const std::string& path) const
{
    const auto* const limits = options_.limits.get();
    const auto* const limit = limits == nullptr ? nullptr : up ? &limits->up : &limits->down;
    const auto* const doing = up ? "writing" : "reading";
    if (settings_.protocol == Protocol::sftp || options_.ssh.scp_command.empty()) {
        expect(run(up ? fmt::format("put {} {}\n", sftp_quoted(local), sftp_quoted(path))
                      : fmt::format("get {} {}\n", sftp_quoted(path), sftp_quoted(local)),
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
    const auto path = path_of(name);
    const auto temporary = path_of(io::temporary_name(name));
    try {
        // A spool has no name of its own; the kernel's for it works in another process, too.
        move(true, fmt::format("/proc/{}/fd/{}", ::getpid(), fd), temporary);
        const auto there = parse_long_listing(
            expect(run("ls -lna " + sftp_quoted(temporary) + "\n"), "looking at", temporary));
        if (there.size() != 1 || there.front().bytes != bytes) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("{}: {} bytes were sent, others have arrived", path, bytes),
                        path};
        }
        const auto rename =
            fmt::format("rename {} {}\n", sftp_quoted(temporary), sftp_quoted(path));
        if (run(rename).status != 0) {
            // A server that replaces nothing.
            expect(run("-rm " + sftp_quoted(path) + "\n" + rename), "renaming to", path);
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::cancelled) {
            static_cast<void>(run("-rm " + sftp_quoted(temporary) + "\n"));
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
    const auto finished = run("rm " + sftp_quoted(path) + "\n");
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
    expect(run(fmt::format("rename {} {}\n", sftp_quoted(path_of(from)), sftp_quoted(path_of(to)))),
           "renaming", path_of(from));
}

std::optional<std::uint64_t> SftpProgram::size_of(const std::string& name)
{
    const auto path = path_of(name);
    const auto finished = run("ls -lna " + sftp_quoted(path) + "\n");
    if (finished.status != 0 && is_missing(essential_words(finished.errors))) {
        return std::nullopt;
    }
    const auto files = parse_long_listing(expect(finished, "looking at", path));
    return files.size() == 1 ? std::optional{files.front().bytes} : std::nullopt;
}

}  // namespace duplid::ssh
