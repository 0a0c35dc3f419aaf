#include "daemon/hooks/unit_job.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <vector>

namespace duplid::hooks {

namespace {

constexpr const char* destination = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";
constexpr const char* properties_interface = "org.freedesktop.DBus.Properties";
constexpr const char* units_path = "/org/freedesktop/systemd1/unit";
constexpr const char* main_process = "ExecMainPID";
/// Jobs of others that end meanwhile are heard of, too.
constexpr std::size_t results_max = 1000;

/// What a call left behind when it failed.
class BusError {
public:
    BusError() = default;
    BusError(const BusError&) = delete;
    BusError& operator=(const BusError&) = delete;
    ~BusError() { sd_bus_error_free(&error_); }
    [[nodiscard]] sd_bus_error* get() noexcept { return &error_; }

    /// `number` is what the failed call returned, negative.
    [[nodiscard]] Error as_error(const std::string& doing, const std::string& unit,
                                 int number) const
    {
        const std::string_view name = error_.name != nullptr ? error_.name : "";
        const std::string words =
            error_.message != nullptr ? error_.message : std::strerror(-number);
        const auto text = doing + ": " + words;
        if (name.ends_with(".AccessDenied") ||
            name.ends_with(".InteractiveAuthorizationRequired") || name.ends_with(".AuthFailed")) {
            return {Error::Kind::denied, text, unit,
                    "polkit's rule duplid-hook.rules lets the daemon's user start hooks and "
                    "commands; is it installed, and polkit at work?"};
        }
        if (name.ends_with(".NoSuchUnit")) {
            return {Error::Kind::not_found, text, unit,
                    "is its template installed? then: systemctl daemon-reload"};
        }
        return {Error::Kind::unreachable, text, unit};
    }

private:
    sd_bus_error error_{};
};

struct MessageEnd {
    void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, MessageEnd>;

Error lost(int number, const std::string& unit)
{
    return {Error::Kind::unreachable, std::string{"the system's bus: "} + std::strerror(-number),
            unit};
}

}  // namespace

UnitJob::UnitJob(std::string unit) : unit_{std::move(unit)}
{
    sd_bus* bus = nullptr;
    if (const int number = sd_bus_open_system(&bus); number < 0) {
        throw lost(number, unit_);
    }
    bus_.reset(bus);
    // Before the start, which may be over before its answer is here.
    sd_bus_slot* slot = nullptr;
    const int matched = sd_bus_match_signal(bus, &slot, destination, manager_path,
                                            manager_interface, "JobRemoved", &on_job_removed, this);
    if (matched < 0) {
        throw lost(matched, unit_);
    }
    heard_.reset(slot);
    char* path = nullptr;
    const int encoded = sd_bus_path_encode(units_path, unit_.c_str(), &path);
    const std::unique_ptr<char, decltype(&std::free)> path_owner{path, &std::free};
    const int watched =
        encoded < 0 ? encoded
                    : sd_bus_match_signal(bus, &slot, destination, path, properties_interface,
                                          "PropertiesChanged", &on_changed, this);
    if (watched < 0) {
        throw lost(watched, unit_);
    }
    changes_.reset(slot);
    BusError error;
    const int subscribed = sd_bus_call_method(bus, destination, manager_path, manager_interface,
                                              "Subscribe", error.get(), nullptr, nullptr);
    if (subscribed < 0) {
        throw error.as_error("asking systemd", unit_, subscribed);
    }
    job_ = call_manager("StartUnit", true);
}

int UnitJob::on_job_removed(sd_bus_message* message, void* self, sd_bus_error* /*error*/) noexcept
{
    std::uint32_t id = 0;
    const char* job = nullptr;
    const char* unit = nullptr;
    const char* result = nullptr;
    if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) < 0) {
        return 0;
    }
    try {
        auto& results = static_cast<UnitJob*>(self)->results_;
        if (results.size() < results_max && static_cast<UnitJob*>(self)->unit_ == unit) {
            results[job] = result;
        }
    } catch (...) {
        // Out of memory: the time limit ends the wait.
        return -ENOMEM;
    }
    return 0;
}

int UnitJob::on_changed(sd_bus_message* message, void* self, sd_bus_error* /*error*/) noexcept
{
    const char* interface = nullptr;
    if (sd_bus_message_read(message, "s", &interface) < 0 ||
        std::string_view{interface} != service_interface ||
        sd_bus_message_enter_container(message, 'a', "{sv}") < 0) {
        return 0;
    }
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* name = nullptr;
        std::uint32_t process = 0;
        if (sd_bus_message_read(message, "s", &name) < 0) {
            return 0;
        }
        if (std::string_view{name} != main_process) {
            if (sd_bus_message_skip(message, "v") < 0) {
                return 0;
            }
        } else if (sd_bus_message_read(message, "v", "u", &process) < 0) {
            return 0;
        } else if (process != 0) {
            try {
                static_cast<UnitJob*>(self)->processes_.insert(static_cast<pid_t>(process));
            } catch (...) {
                return -ENOMEM;
            }
        }
        if (sd_bus_message_exit_container(message) < 0) {
            return 0;
        }
    }
    return 0;
}

std::string UnitJob::call_manager(const char* method, bool with_mode)
{
    BusError error;
    sd_bus_message* answer = nullptr;
    const int called =
        with_mode ? sd_bus_call_method(bus_.get(), destination, manager_path, manager_interface,
                                       method, error.get(), &answer, "ss", unit_.c_str(), "replace")
                  : sd_bus_call_method(bus_.get(), destination, manager_path, manager_interface,
                                       method, error.get(), &answer, "s", unit_.c_str());
    const Message owner{answer};
    const char* path = nullptr;
    if (called < 0 || sd_bus_message_read(answer, "o", &path) < 0) {
        throw error.as_error(std::string{"systemd, asked to "} + method, unit_,
                             called < 0 ? called : -EBADMSG);
    }
    return path;
}

bool UnitJob::wait(StopGrace::Clock::time_point until, std::span<const int> wakes)
{
    for (;;) {
        const int processed = sd_bus_process(bus_.get(), nullptr);
        if (processed < 0) {
            throw lost(processed, unit_);
        }
        if (results_.contains(job_)) {
            return true;
        }
        if (processed > 0) {
            continue;
        }
        using std::chrono::milliseconds;
        const auto left = std::chrono::ceil<milliseconds>(until - StopGrace::Clock::now());
        if (left <= milliseconds{0}) {
            return false;
        }
        // sd-bus has no time-outs of its own while no call is under way.
        std::vector<pollfd> fds{
            {sd_bus_get_fd(bus_.get()), static_cast<short>(sd_bus_get_events(bus_.get())), 0}};
        for (const int wake : wakes) {
            fds.push_back({wake, POLLIN, 0});
        }
        constexpr milliseconds poll_max{std::chrono::hours{1}};
        const int ready =
            ::poll(fds.data(), fds.size(), static_cast<int>(std::min(left, poll_max).count()));
        if (ready < 0 && errno != EINTR) {
            throw system_error(errno, "waiting for a hook", unit_);
        }
        if (ready > 0 && std::any_of(fds.begin() + 1, fds.end(),
                                     [](const pollfd& fd) { return fd.revents != 0; })) {
            return false;
        }
    }
}

bool UnitJob::is_main_process(pid_t process)
{
    if (number(call_manager("LoadUnit", false), main_process, 'u') == process) {
        return true;
    }
    // systemd forgets a unit that has ended well, and this one may have been loaded anew to answer.
    // What it said of its process was sent before that.
    while (sd_bus_process(bus_.get(), nullptr) > 0) {
    }
    return processes_.contains(process);
}

void UnitJob::stop()
{
    static_cast<void>(call_manager("StopUnit", true));
}

int UnitJob::status()
{
    const auto& result = results_.at(job_);
    if (result == "done") {
        return 0;
    }
    if (result == "assert") {
        throw Error{
            Error::Kind::not_found, "there is no such program, or it may not be executed", unit_,
            unit_.starts_with(command_units) ? "commands are programs in /etc/duplid/commands"
                                             : "hooks are programs in /etc/duplid/hooks"};
    }
    const auto path = call_manager("LoadUnit", false);
    const auto code = static_cast<int>(number(path, "ExecMainCode", 'i'));
    const auto status = static_cast<int>(number(path, "ExecMainStatus", 'i'));
    constexpr int by_signal = 128;
    if (code == CLD_EXITED && status != 0) {
        return status;
    }
    if (code == CLD_KILLED || code == CLD_DUMPED) {
        return by_signal + status;
    }
    throw Error{Error::Kind::unreachable,
                fmt::format("systemd did not run it: {} ({})", result, word(path, "Result")), unit_,
                "systemctl status " + unit_};
}

std::int64_t UnitJob::number(const std::string& unit_path, const char* property, char type)
{
    BusError error;
    // Both types have four bytes.
    std::uint32_t value = 0;
    const int got =
        sd_bus_get_property_trivial(bus_.get(), destination, unit_path.c_str(), service_interface,
                                    property, error.get(), type, &value);
    if (got < 0) {
        throw error.as_error("asking systemd about it", unit_, got);
    }
    return type == 'i' ? static_cast<std::int32_t>(value) : std::int64_t{value};
}

std::string UnitJob::word(const std::string& unit_path, const char* property)
{
    BusError error;
    char* text = nullptr;
    const int got = sd_bus_get_property_string(bus_.get(), destination, unit_path.c_str(),
                                               service_interface, property, error.get(), &text);
    if (got < 0) {
        throw error.as_error("asking systemd about it", unit_, got);
    }
    const std::unique_ptr<char, decltype(&std::free)> owner{text, &std::free};
    return text;
}

}  // namespace duplid::hooks
