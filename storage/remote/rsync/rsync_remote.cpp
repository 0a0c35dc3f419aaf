#include "storage/remote/rsync/rsync_remote.hpp"

#include "storage/io/file.hpp"
#include "storage/io/sweep.hpp"
#include "storage/remote/command/named_spool.hpp"
#include "storage/remote/rsync/listing.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>

namespace duplid::rsync {

namespace {

// rsync(1), "EXIT VALUES".
constexpr int exit_partial = 23;
constexpr int exit_vanished = 24;
constexpr std::array passing_exits{10, 12, 30, 35, 255};

constexpr std::array<std::string_view, 9> passed_variables{
    "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SSH_AUTH_SOCK", "TMPDIR", "USER", "RSYNC_PROXY"};

std::string trimmed_of_slashes(std::string_view path)
{
    const auto first = path.find_first_not_of('/');
    return first == std::string_view::npos
               ? std::string{}
               : std::string{path.substr(first, path.find_last_not_of('/') - first + 1)};
}

std::string host_of(const remote::Url& url)
{
    const auto host = url.host.value_or("");
    const auto shown = host.find(':') != std::string::npos ? "[" + host + "]" : host;
    return url.user ? *url.user + "@" + shown : shown;
}

constexpr std::string_view wildcards = "*?[";

/// A name as a pattern: wildcards count only where there are any, and so do backslashes (rsync(1),
/// "INCLUDE/EXCLUDE PATTERN RULES"; seen with names that are fetched, too).
std::string pattern_for(const std::string& name)
{
    if (name.find_first_of(wildcards) == std::string::npos) {
        return name;
    }
    std::string pattern;
    for (const char c : name) {
        if (c == '\\' || wildcards.find(c) != std::string_view::npos) {
            pattern += '\\';
        }
        pattern += c;
    }
    return pattern;
}

/// Since 3.2.5 rsync compares what comes with what it asked for, but takes a backslash before a
/// wildcard in a name for an escape there. What comes goes into a directory of its own anyway.
bool is_mistaken_for_another(const std::string& name)
{
    return name.find('\\') != std::string::npos &&
           name.find_first_of(wildcards) != std::string::npos;
}

void write_list(const std::string& path, const std::string& entry)
{
    const io::Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file) {
        throw system_error(errno, "creating " + path, path);
    }
    io::write_full(file.get(), io::view_of(entry), path);
    io::write_full(file.get(), io::view_of(std::string_view{"\0", 1}), path);
}

bool says(const command::Finished& finished, std::string_view words)
{
    return finished.errors.find(words) != std::string::npos;
}

}  // namespace

RsyncRemote::RsyncRemote(const remote::Url& url, remote::RemoteOptions options)
    : options_{std::move(options)}
{
    const auto host = host_of(url);
    const auto timeout = std::max<std::int64_t>(1, options_.timeout.count());
    // -s: names are not taken apart by the shell at the other end.
    common_ = {"rsync", "-s", fmt::format("--timeout={}", timeout)};
    if (url.rsync_module) {
        const auto module_path = trimmed_of_slashes(*url.rsync_module + url.path);
        const auto slash = std::min(module_path.find('/'), module_path.size());
        root_ = fmt::format("{}::{}/", host, module_path.substr(0, slash));
        path_ = trimmed_of_slashes(std::string_view{module_path}.substr(slash));
        description_ = fmt::format("rsync://{}::{}", host, module_path);
        common_.push_back(fmt::format("--contimeout={}", timeout));
        if (url.port) {
            common_.push_back(fmt::format("--port={}", *url.port));
        }
        password_ = url.password.is_set() ? url.password
                    : options_.variables.has("RSYNC_PASSWORD")
                        ? options_.variables.secret("RSYNC_PASSWORD")
                        : options_.variables.secret("FTP_PASSWORD");
        if (password_.is_set()) {
            common_.emplace_back("--password-file=-");
        }
    } else {
        // "//x" is absolute, "/x" relative to the login directory (backends.md 1.2).
        root_ = host + (url.path.starts_with("//") ? ":/" : ":");
        path_ = trimmed_of_slashes(url.path);
        description_ = fmt::format("rsync://{}{}", host, url.path);
        auto shell = fmt::format("ssh -oBatchMode=yes -oServerAliveInterval={} "
                                 "-oServerAliveCountMax=2",
                                 std::max<std::int64_t>(1, timeout / 2));
        if (url.port) {
            shell += fmt::format(" -p {}", *url.port);
        }
        if (!options_.ssh.options.empty()) {
            shell += " " + options_.ssh.options;
        }
        common_.insert(common_.end(), {"-e", std::move(shell)});
    }
    directory_ = path_.empty() ? root_ : root_ + path_ + "/";
    const auto own = command::split_words(options_.rsync.options);
    common_.insert(common_.end(), own.begin(), own.end());
}

command::Finished RsyncRemote::run(std::vector<std::string> words) const
{
    command::Command command;
    command.words = common_;
    if (options_.limits) {
        // In KiB a second, and in one direction only: a run goes one way.
        const auto limit = std::max(options_.limits->up.get(), options_.limits->down.get());
        if (limit != 0) {
            command.words.push_back(
                fmt::format("--bwlimit={}", std::max<std::uint64_t>(1, limit >> 10U)));
        }
    }
    command.words.insert(command.words.end(), std::make_move_iterator(words.begin()),
                         std::make_move_iterator(words.end()));
    command.environment = options_.variables.only(passed_variables);
    command.path = options_.variables.text("PATH");
    command.stop = options_.stop;
    // rsync has its own time-out; this one is for an rsync, or an ssh, that is stuck itself. A
    // large file moves without a word.
    const auto patience = std::chrono::hours{24};
    std::string line{password_.reveal()};
    if (password_.is_set()) {
        line += '\n';
    }
    auto finished = command::run(command, patience, line);
    io::wipe(line.data(), line.size());
    return finished;
}

Error RsyncRemote::failure(const command::Finished& finished, std::string_view doing,
                           const std::string& object) const
{
    auto kind = Error::Kind::invalid;
    std::string hint;
    if (std::ranges::find(passing_exits, finished.status) != passing_exits.end()) {
        kind = Error::Kind::unreachable;
    }
    if (says(finished, "auth failed") || says(finished, "Permission denied") ||
        says(finished, "Host key verification failed") || says(finished, "read only")) {
        kind = Error::Kind::denied;
        hint =
            says(finished, "Host key") ? "connect once with ssh, and look at the key it shows" : "";
    } else if (says(finished, "No space left") || says(finished, "Disk quota exceeded")) {
        kind = Error::Kind::no_space;
    } else if (says(finished, "No such file or directory")) {
        kind = Error::Kind::not_found;
    }
    auto words = finished.errors.substr(0, finished.errors.find('\n'));
    return Error{kind,
                 fmt::format("{}: rsync ends with {} ({})", doing, finished.status,
                             words.empty() ? "without a word" : words),
                 object, hint};
}

std::vector<remote::Listed> RsyncRemote::list()
{
    auto finished =
        run({"--list-only", "--no-human-readable", "--8-bit-output", "--dirs", directory_});
    if (finished.status == exit_partial && says(finished, "No such file or directory")) {
        make_directory();
        return {};
    }
    // Files that vanish while a directory is read are gone, and that is all.
    if (finished.status != 0 && finished.status != exit_vanished) {
        throw failure(finished, "listing", description_);
    }
    auto names = parse_listing(finished.output);
    std::erase_if(names, [](const remote::Listed& one) { return io::is_temporary_name(one.name); });
    return names;
}

// A skeleton of empty directories is sent: rsync makes what is missing, and changes nothing of what
// is there. --mkpath would do it too, but only from 3.2.3 on, at both ends.
void RsyncRemote::make_directory()
{
    const io::TempDirectory skeleton{options_.temp_directory.empty() ? io::default_temp_directory()
                                                                     : options_.temp_directory};
    std::filesystem::create_directories(skeleton.path() + "/" + path_);
    const auto finished = run({"-r", skeleton.path() + "/", root_});
    if (finished.status != 0) {
        throw failure(finished, "creating the directory", description_);
    }
}

io::TempFile RsyncRemote::make_spool(const std::string& name, const std::string& temp_directory)
{
    remote::check_name(name);
    return command::make_named_spool(name, temp_directory);
}

void RsyncRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    const command::NamedSpool named{spool, name, options_.temp_directory};
    // -I: a file of the same size and second must be sent, too; -W: all of it, nothing is read
    // there.
    const auto send = [&] { return run({"--times", "-I", "-W", named.path(), directory_}); };
    auto finished = send();
    // The second is said when two puts found it missing at once.
    if (finished.status != 0 && (says(finished, "No such file or directory") ||
                                 (says(finished, "mkdir") && says(finished, "File exists")))) {
        make_directory();
        finished = send();
    }
    if (finished.status != 0) {
        throw failure(finished, "sending " + name, name);
    }
}

void RsyncRemote::get(const std::string& name, io::Sink& sink)
{
    remote::check_name(name);
    const io::TempDirectory place{options_.temp_directory.empty() ? io::default_temp_directory()
                                                                  : options_.temp_directory};
    const auto into = place.path() + "/";
    std::vector<std::string> words{"-I", "-W", directory_ + pattern_for(name), into};
    if (is_mistaken_for_another(name)) {
        words.insert(words.begin(), "--trust-sender");
    }
    const auto finished = run(std::move(words));
    if (finished.status != 0) {
        throw failure(finished, "fetching " + name, name);
    }
    io::FileSource source{into + name};
    io::copy(source, sink);
}

// A run for each name: the order in which rsync deletes is its own.
void RsyncRemote::remove(std::span<const std::string> names)
{
    for (const auto& name : names) {
        remote::check_name(name);
        remove_one(name);
    }
}

// Only what is named can vanish: everything else is excluded, and what is excluded is not deleted.
void RsyncRemote::remove_one(const std::string& name)
{
    const io::TempDirectory place{options_.temp_directory.empty() ? io::default_temp_directory()
                                                                  : options_.temp_directory};
    const auto list = place.path() + "/list";
    write_list(list, "/" + pattern_for(name));
    const auto empty = place.path() + "/empty";
    std::filesystem::create_directory(empty);
    const auto finished = run({"-r", "--delete", "--from0", "--include-from=" + list, "--exclude=*",
                               empty + "/", directory_});
    if (finished.status != 0 && !says(finished, "No such file or directory")) {
        throw failure(finished, "deleting " + name, name);
    }
}

std::optional<std::uint64_t> RsyncRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    const auto names = list();
    const auto found = std::ranges::find(names, name, &remote::Listed::name);
    return found == names.end() ? std::nullopt : std::optional{found->bytes};
}

}  // namespace duplid::rsync
