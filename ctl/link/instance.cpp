#include "ctl/link/instance.hpp"

#include "ctl/link/private_daemon.hpp"
#include "ctl/link/remote_host.hpp"
#include "ctl/process/failure.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace duplid::ctl {

namespace {

constexpr const char* system_socket = "/run/duplid/control.sock";

std::string variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Empty when there is no place where it could be.
std::string user_socket()
{
    if (const auto runtime = variable("XDG_RUNTIME_DIR"); runtime.starts_with('/')) {
        return runtime + "/duplid/control.sock";
    }
    if (const auto state = variable("XDG_STATE_HOME"); state.starts_with('/')) {
        return state + "/duplid/run/control.sock";
    }
    const auto home = variable("HOME");
    return home.starts_with('/') ? home + "/.local/state/duplid/run/control.sock" : "";
}

/// The socket named on the command line, or nothing.
std::optional<std::string> named_socket(const CommandLine& line)
{
    const auto path = line.value(OptionId::socket);
    const std::array said{line.has(OptionId::system), line.has(OptionId::user),
                          line.has(OptionId::private_instance), path.has_value()};
    if (std::ranges::count(said, true) > 1) {
        throw usage_failure("--system, --user, --private and --socket exclude each other");
    }
    if (path) {
        return path;
    }
    if (line.has(OptionId::system)) {
        return system_socket;
    }
    if (line.has(OptionId::user)) {
        auto socket = user_socket();
        if (socket.empty()) {
            throw usage_failure("--user: neither XDG_RUNTIME_DIR nor HOME is set");
        }
        return socket;
    }
    return std::nullopt;
}

/// `hint` is for the case that nobody listens.
Failure with_hint(const Failure& failure, const std::string& hint)
{
    auto error = failure.error();
    if (error.kind == proto::ErrorKind::unreachable && error.hint.empty()) {
        error.hint = hint;
    }
    return Failure{std::move(error)};
}

/// `hint` is for the case that nobody listens there.
Chosen resident(const std::string& socket, const std::string& hint, Interrupts& interrupts)
{
    try {
        auto connection = Connection::to(socket);
        return {std::make_unique<Session>(std::move(connection), nullptr, interrupts),
                "the daemon at " + socket, false};
    } catch (const Failure& failure) {
        throw with_hint(failure, hint);
    }
}

Chosen private_instance(const std::string& reason, Interrupts& interrupts)
{
    auto daemon = std::make_unique<PrivateDaemon>(daemon_program());
    Connection connection{daemon->take_socket(), "a private daemon"};
    return {std::make_unique<Session>(std::move(connection), std::move(daemon), interrupts),
            fmt::format("a private daemon ({})", reason), true};
}

/// The resident daemon of another machine: the one that its login would ask, or the one named here.
Chosen remote(const std::string& text, const CommandLine& line, Interrupts& interrupts)
{
    const auto host = parse_remote_host(text);
    std::vector<std::string> options;
    for (const auto id : {OptionId::system, OptionId::user}) {
        if (line.has(id)) {
            options.emplace_back(main_name(option(id)));
        }
    }
    if (const auto path = line.value(OptionId::socket)) {
        options.insert(options.end(), {std::string{main_name(option(OptionId::socket))}, *path});
    }
    auto link = std::make_unique<RemoteLink>(host, ssh_words(host, options));
    Connection connection{
        link->take_socket(), "the daemon on " + host.destination,
        "a start-up file of the shell there prints something (~/.bashrc, ~/.profile, ~/.zshenv): "
        "it may do so for interactive shells only"};
    return {std::make_unique<Session>(std::move(connection), std::move(link), interrupts),
            "the daemon on " + host.destination + ", by ssh", false};
}

bool sees_our_root(const proto::HelloReply& hello)
{
    struct stat root {};
    return ::stat("/", &root) == 0 && hello.root_device == root.st_dev &&
           hello.root_inode == root.st_ino;
}

std::string start_hint(bool system)
{
    const auto* const manager = system ? "systemctl" : "systemctl --user";
    return fmt::format("start it with \"{0} start duplid\"; \"{0} status duplid\" says why if it "
                       "does not come up",
                       manager);
}

struct Place {
    std::string socket;
    std::string hint;  ///< for the case that nobody listens there
};

/// The resident daemon of this machine: the one that was named, or that of whoever asks.
Place resident_place(const CommandLine& line)
{
    const auto named = named_socket(line);
    const bool system = line.has(OptionId::system) || (!named && ::geteuid() == 0);
    return {named    ? *named
            : system ? std::string{system_socket}
                     : user_socket(),
            line.has(OptionId::socket) ? "is a daemon listening there?"
                                       : "no daemon is running; " + start_hint(system)};
}

}  // namespace

Chosen resident_instance(const CommandLine& line, Interrupts& interrupts)
{
    if (line.has(OptionId::private_instance)) {
        throw usage_failure("a private daemon has no runs but its own", {},
                            "leave out --private to ask the resident daemon");
    }
    if (const auto host = line.value(OptionId::host)) {
        static_cast<void>(named_socket(line));  // for what excludes each other
        return remote(*host, line, interrupts);
    }
    const auto place = resident_place(line);
    return resident(place.socket, place.hint, interrupts);
}

Fd resident_socket(const CommandLine& line)
{
    const auto place = resident_place(line);
    try {
        return Connection::to(place.socket).take_socket();
    } catch (const Failure& failure) {
        throw with_hint(failure, place.hint);
    }
}

Chosen archive_instance(const CommandLine& line, Interrupts& interrupts)
{
    if (line.job_archive) {
        // Whoever says --system or --socket says by it whose job it is.
        return private_instance("the archive of a job is opened with your own rights", interrupts);
    }
    if (line.has(OptionId::system) && line.verb == VerbId::restore) {
        throw usage_failure("a restore writes with your own rights, never with the system daemon's",
                            {}, "leave out --system");
    }
    const auto named = named_socket(line);
    const bool detach = line.has(OptionId::detach);
    if (detach && line.has(OptionId::private_instance)) {
        throw usage_failure(
            "a private daemon ends with its command: --detach needs a resident one");
    }
    if (named) {
        const auto hint = line.has(OptionId::socket) ? "is a daemon listening there?"
                                                     : start_hint(line.has(OptionId::system));
        return resident(*named, hint, interrupts);
    }
    std::string reason = "asked for";
    if (!line.has(OptionId::private_instance)) {
        reason = "no daemon of yours is running";
        const auto socket = user_socket();
        if (!socket.empty()) {
            try {
                auto chosen = resident(socket, "", interrupts);
                if (sees_our_root(chosen.session->hello())) {
                    return chosen;
                }
                reason = "your daemon sees another file system";
            } catch (const Failure& failure) {
                // Nobody there, or nobody for us: the command can do without.
                if (failure.error().kind != proto::ErrorKind::unreachable) {
                    reason = "your daemon cannot be used: " + failure.error().cause;
                }
            }
        }
    }
    if (detach) {
        throw Failure{{.kind = proto::ErrorKind::unreachable,
                       .cause = "nobody to leave the run to: " + reason,
                       .object = {},
                       .hint = start_hint(false)}};
    }
    return private_instance(reason, interrupts);
}

}  // namespace duplid::ctl
