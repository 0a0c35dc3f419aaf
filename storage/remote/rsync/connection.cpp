#include "storage/remote/rsync/connection.hpp"

#include "storage/remote/ssh/askpass.hpp"
#include "storage/remote/ssh/program.hpp"
#include "storage/remote/ssh/settings.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <utility>

namespace duplid::rsync {

namespace {

// rsync has its own time-out; this one is for an rsync, or an ssh, that is stuck itself. A large
// file moves without a word.
constexpr std::chrono::hours patience{24};

// What rsync ends with when ssh has ended: ssh's own status, or its own for a stream that broke
// off, whichever it learns of first (rsync(1), "EXIT VALUES").
constexpr int exit_of_ssh = 255;
constexpr int exit_broken_stream = 12;
constexpr int exit_no_program = 127;  // of the shell there
constexpr std::string_view nothing_came = "(0 bytes received so far)";

constexpr std::array<std::string_view, 8> variables_for_daemons{
    "HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "RSYNC_PROXY", "TMPDIR", "USER"};

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

std::int64_t seconds_of(const remote::RemoteOptions& options)
{
    return std::max<std::int64_t>(1, options.timeout.count());
}

class DaemonConnection final : public Connection {
public:
    DaemonConnection(const remote::Url& url, const remote::RemoteOptions& options)
        : Connection{options}
    {
        const auto host = host_of(url);
        const auto module_path = trimmed_of_slashes(*url.rsync_module + url.path);
        const auto slash = std::min(module_path.find('/'), module_path.size());
        root_ = fmt::format("{}::{}/", host, module_path.substr(0, slash));
        path_ = trimmed_of_slashes(std::string_view{module_path}.substr(slash));
        shown_ = fmt::format("rsync://{}::{}", host, module_path);
        own_words_.push_back(fmt::format("--contimeout={}", seconds_of(options)));
        // rsync answers in pieces, and would hold each but the first back until the one before it
        // is acknowledged, which takes the other end 40 ms: twice an operation.
        own_words_.emplace_back("--sockopts=TCP_NODELAY");
        if (url.port) {
            own_words_.push_back(fmt::format("--port={}", *url.port));
        }
        password_ = url.password.is_set() ? url.password
                    : options.variables.has("RSYNC_PASSWORD")
                        ? options.variables.secret("RSYNC_PASSWORD")
                        : options.variables.secret("FTP_PASSWORD");
        if (password_.is_set()) {
            own_words_.emplace_back("--password-file=-");
        }
    }

private:
    command::Finished start(command::Command command) const override
    {
        command.environment = options_.variables.only(variables_for_daemons);
        std::string line;
        if (password_.is_set()) {
            // At once as long as it gets: growing would leave a copy behind.
            line.reserve(password_.reveal().size() + 1);
            line.append(password_.reveal()).append("\n");
        }
        auto finished = command::run(command, patience, line);
        io::wipe(line.data(), line.size());
        return finished;
    }

    io::Secret password_;
};

class SshConnection final : public Connection {
public:
    SshConnection(const remote::Url& url, const remote::RemoteOptions& options)
        : Connection{options}, settings_{ssh::settle(url, options)}
    {
        // "//x" is absolute, "/x" relative to the login directory (backends.md 1.2).
        root_ = host_of(url) + (url.path.starts_with("//") ? ":/" : ":./");
        path_ = trimmed_of_slashes(url.path);
        shown_ = settings_.shown;
        std::string command;
        for (const auto& word : ssh::ssh_words(settings_, options)) {
            command += (command.empty() ? "" : " ") + shell_word(word);
        }
        own_words_ = {"-e", std::move(command)};
    }

private:
    command::Finished start(command::Command command) const override
    {
        // Of its own for each run: it has a small number of answers.
        std::unique_ptr<ssh::Askpass> askpass;
        command.environment = ssh::ssh_environment(options_);
        if (settings_.password.is_set()) {
            askpass = std::make_unique<ssh::Askpass>(settings_.password, settings_.url_host,
                                                     options_.temp_directory);
            command.environment.push_back("SSH_ASKPASS=" + askpass->program());
            command.environment.emplace_back("SSH_ASKPASS_REQUIRE=force");
        }
        auto finished = command::run(command, patience);
        // ssh runs with -v, and much of what it says then looks like a failure of rsync's.
        const auto everything =
            std::exchange(finished.errors, ssh::essential_words(finished.errors));
        const auto says = [&](std::string_view words) {
            return finished.errors.find(words) != std::string::npos;
        };
        const bool is_silent = finished.status == exit_broken_stream && says(nothing_came);
        const bool is_missing = says("rsync: command not found") || says("rsync: not found") ||
                                says("rsync: No such file or directory");
        if (finished.status == exit_no_program || (is_silent && is_missing)) {
            throw Error{
                Error::Kind::invalid,
                fmt::format("{} has no rsync: {}", settings_.server(), finished.errors),
                settings_.server(),
                "install it there, or say where it is with --rsync-options=--rsync-path=..."};
        }
        if (finished.status == exit_of_ssh || is_silent) {
            throw ssh::error_from_words(settings_, everything);
        }
        return finished;
    }

    ssh::Settings settings_;
};

}  // namespace

command::Finished Connection::run(std::vector<std::string> words) const
{
    command::Command command;
    // -s: names are not taken apart by the shell at the other end.
    command.words = {"rsync", "-s", fmt::format("--timeout={}", seconds_of(options_))};
    const auto append = [&](std::vector<std::string> more) {
        command.words.insert(command.words.end(), std::make_move_iterator(more.begin()),
                             std::make_move_iterator(more.end()));
    };
    append(own_words_);
    append(command::split_words(options_.rsync.options));
    if (options_.limits) {
        // In KiB a second, and in one direction only: a run goes one way.
        const auto limit = std::max(options_.limits->up.get(), options_.limits->down.get());
        if (limit != 0) {
            append({fmt::format("--bwlimit={}", std::max<std::uint64_t>(1, limit >> 10U))});
        }
    }
    append(std::move(words));
    command.path = options_.variables.text("PATH");
    command.stop = options_.stop;
    return start(std::move(command));
}

std::unique_ptr<Connection> make_connection(const remote::Url& url,
                                            const remote::RemoteOptions& options)
{
    // Else their mistakes would show with the first file only.
    static_cast<void>(command::split_words(options.rsync.options));
    if (url.rsync_module) {
        return std::make_unique<DaemonConnection>(url, options);
    }
    return std::make_unique<SshConnection>(url, options);
}

std::string shell_word(std::string_view word)
{
    std::string quoted{"'"};
    for (const char c : word) {
        quoted += c == '\'' ? "''" : std::string(1, c);
    }
    return quoted + '\'';
}

}  // namespace duplid::rsync
