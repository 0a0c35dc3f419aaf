// A stand-in for systemd's manager on a bus of a test's own, as far as hooks need it, and strict:
// what the real one would not do for this caller is an error here, too.
//
//     systemd_stand_in DUPLID-HOOK FACTS-DIRECTORY HOOKS-DIRECTORY COMMANDS-DIRECTORY OUTPUT-SOCKET
//
// Interface and behaviour: org.freedesktop.systemd1(5). StartUnit answers with the path of a job,
// whose end is told by the signal JobRemoved (id, job, unit, result) to those who subscribed;
// properties of the unit say how its main process ended. The units are
// systemd/duplid-hook@.service.in and systemd/duplid-command@.service: their ExecStart=,
// AssertFileIsExecutable= and StandardOutput= are played with the places given; a file DENY in the
// directory of the hooks is polkit that says no. As systemd does it, standard output is connected
// by the process that becomes the program.

#include <systemd/sd-bus.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";
constexpr const char* service_interface = "org.freedesktop.systemd1.Service";

struct Unit {
    std::string path;
    std::string start_job;  ///< empty: it does not run
    std::uint32_t start_id = 0;
    pid_t pid = -1;
    pid_t main_pid = 0;  ///< kept when it has ended
    bool stopping = false;
    std::string result = "success";
    std::int32_t code = 0;
    std::int32_t status = 0;
};

struct Manager {
    std::string wrapper;
    std::string facts;
    std::string hooks;
    std::string commands;
    std::string outputs;
    bool subscribed = false;
    std::uint32_t last_job = 0;
    std::map<std::string, Unit> units;
};

std::string job_path(std::uint32_t id)
{
    return std::string{manager_path} + "/job/" + std::to_string(id);
}

void check(int number, const char* doing)
{
    if (number < 0) {
        std::fprintf(stderr, "systemd_stand_in: %s: %s\n", doing, std::strerror(-number));
        std::exit(EXIT_FAILURE);
    }
}

void tell_removed(sd_bus* bus, const Manager& manager, std::uint32_t id, const std::string& unit,
                  const char* result)
{
    if (manager.subscribed) {
        check(sd_bus_emit_signal(bus, manager_path, manager_interface, "JobRemoved", "uoss", id,
                                 job_path(id).c_str(), unit.c_str(), result),
              "telling of a job");
    }
}

/// NAME of TEMPLATE@NAME.service; empty for any other unit.
std::string name_in(const std::string& unit, std::string_view prefix)
{
    constexpr std::string_view suffix = ".service";
    return unit.starts_with(prefix) && unit.ends_with(suffix) && unit.find('/') == std::string::npos
               ? unit.substr(prefix.size(), unit.size() - prefix.size() - suffix.size())
               : "";
}

std::string hook_of(const std::string& unit)
{
    return name_in(unit, "duplid-hook@");
}

std::string command_of(const std::string& unit)
{
    return name_in(unit, "duplid-command@");
}

std::string program_of(const Manager& manager, const std::string& unit)
{
    return hook_of(unit).empty() ? manager.commands + "/" + command_of(unit)
                                 : manager.hooks + "/" + hook_of(unit);
}

int subscribe(sd_bus_message* call, void* self, sd_bus_error*)
{
    static_cast<Manager*>(self)->subscribed = true;
    return sd_bus_reply_method_return(call, "");
}

/// In the child. No return when it cannot be: systemd's EXIT_STDOUT.
void connect_output(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        shutdown(fd, SHUT_RD) != 0 || dup2(fd, STDOUT_FILENO) < 0) {
        constexpr int exit_stdout = 209;
        _exit(exit_stdout);
    }
}

pid_t spawn(const Manager& manager, const std::string& unit)
{
    std::string wrapper = manager.wrapper;
    std::string facts = manager.facts + "/" + hook_of(unit) + ".env";
    std::string program = program_of(manager, unit);
    std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
    std::vector<char*> words;
    if (!hook_of(unit).empty()) {
        words = {wrapper.data(), facts.data()};
    }
    words.insert(words.end(), {program.data(), nullptr});
    std::array<char*, 2> environment{path.data(), nullptr};
    const pid_t pid = fork();
    check(pid < 0 ? -errno : 0, "starting a unit");
    if (pid == 0) {
        setpgid(0, 0);
        if (hook_of(unit).empty()) {
            connect_output(manager.outputs);
        }
        execve(words.front(), words.data(), environment.data());
        constexpr int exit_exec = 203;
        _exit(exit_exec);
    }
    // Here, too: a stop may come before the child has come so far.
    setpgid(pid, pid);
    return pid;
}

int refuse_unless_known(const std::string& unit, const char* mode, const Manager& manager,
                        sd_bus_error* error)
{
    if (hook_of(unit).empty() && command_of(unit).empty()) {
        return sd_bus_error_setf(error, "org.freedesktop.systemd1.NoSuchUnit", "Unit %s not found.",
                                 unit.c_str());
    }
    if (std::string{mode} != "replace") {
        return sd_bus_error_setf(error, SD_BUS_ERROR_INVALID_ARGS, "Job mode %s invalid", mode);
    }
    if (access((manager.hooks + "/DENY").c_str(), F_OK) == 0) {
        return sd_bus_error_set(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                                "Interactive authentication required.");
    }
    return 0;
}

std::string unit_path(const std::string& unit)
{
    char* encoded = nullptr;
    check(sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &encoded),
          "naming a unit");
    std::string path{encoded};
    std::free(encoded);
    return path;
}

int start_unit(sd_bus_message* call, void* self, sd_bus_error* error)
{
    auto& manager = *static_cast<Manager*>(self);
    const char* name = nullptr;
    const char* mode = nullptr;
    check(sd_bus_message_read(call, "ss", &name, &mode), "reading a call");
    if (const int refused = refuse_unless_known(name, mode, manager, error); refused < 0) {
        return refused;
    }
    auto& unit = manager.units[name];
    if (!unit.start_job.empty()) {
        // The real one would join the two; ours must never ask.
        return sd_bus_error_set(error, SD_BUS_ERROR_FAILED, "started twice at once");
    }
    const auto id = ++manager.last_job;
    unit.path = unit_path(name);
    unit.start_id = id;
    unit.start_job = job_path(id);
    unit.stopping = false;
    const bool is_there = access(program_of(manager, name).c_str(), X_OK) == 0;
    unit.pid = is_there ? spawn(manager, name) : -1;
    unit.main_pid = is_there ? unit.pid : unit.main_pid;
    const int replied = sd_bus_reply_method_return(call, "o", unit.start_job.c_str());
    if (!is_there) {
        unit.start_job.clear();
        tell_removed(sd_bus_message_get_bus(call), manager, id, name, "assert");
    }
    return replied;
}

int stop_unit(sd_bus_message* call, void* self, sd_bus_error* error)
{
    auto& manager = *static_cast<Manager*>(self);
    const char* name = nullptr;
    const char* mode = nullptr;
    check(sd_bus_message_read(call, "ss", &name, &mode), "reading a call");
    if (const int refused = refuse_unless_known(name, mode, manager, error); refused < 0) {
        return refused;
    }
    auto& unit = manager.units[name];
    const auto id = ++manager.last_job;
    const int replied = sd_bus_reply_method_return(call, "o", job_path(id).c_str());
    auto* const bus = sd_bus_message_get_bus(call);
    if (!unit.start_job.empty()) {
        unit.stopping = true;
        tell_removed(bus, manager, unit.start_id, name, "canceled");
        kill(-unit.pid, SIGKILL);
    }
    tell_removed(bus, manager, id, name, "done");
    return replied;
}

int load_unit(sd_bus_message* call, void*, sd_bus_error*)
{
    const char* name = nullptr;
    check(sd_bus_message_read(call, "s", &name), "reading a call");
    return sd_bus_reply_method_return(call, "o", unit_path(name).c_str());
}

int property(sd_bus*, const char* path, const char*, const char* name, sd_bus_message* reply,
             void* self, sd_bus_error*)
{
    for (const auto& [unit, facts] : static_cast<Manager*>(self)->units) {
        if (facts.path != path) {
            continue;
        }
        if (std::string{name} == "Result") {
            return sd_bus_message_append(reply, "s", facts.result.c_str());
        }
        if (std::string{name} == "ExecMainPID") {
            return sd_bus_message_append(reply, "u", static_cast<std::uint32_t>(facts.main_pid));
        }
        return sd_bus_message_append(
            reply, "i", std::string{name} == "ExecMainCode" ? facts.code : facts.status);
    }
    return -ENOENT;
}

/// Units whose process has ended.
void reap(sd_bus* bus, Manager& manager)
{
    for (auto& [name, unit] : manager.units) {
        siginfo_t end{};
        if (unit.pid < 0 ||
            waitid(P_PID, static_cast<id_t>(unit.pid), &end, WEXITED | WNOHANG) != 0 ||
            end.si_pid == 0) {
            continue;
        }
        // KillMode=control-group: what it left goes with it.
        kill(-unit.pid, SIGKILL);
        unit.pid = -1;
        unit.code = end.si_code;
        unit.status = end.si_status;
        const bool good = end.si_code == CLD_EXITED && end.si_status == 0;
        unit.result = good ? "success" : end.si_code == CLD_EXITED ? "exit-code" : "signal";
        unit.start_job.clear();
        if (!unit.stopping) {
            tell_removed(bus, manager, unit.start_id, name, good ? "done" : "failed");
        }
    }
}

const sd_bus_vtable manager_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Subscribe", "", "", subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StartUnit", "ss", "o", start_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("StopUnit", "ss", "o", stop_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("LoadUnit", "s", "o", load_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("JobRemoved", "uoss", 0),
    SD_BUS_VTABLE_END,
};

const sd_bus_vtable service_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_PROPERTY("ExecMainCode", "i", property, 0, 0),
    SD_BUS_PROPERTY("ExecMainPID", "u", property, 0, 0),
    SD_BUS_PROPERTY("ExecMainStatus", "i", property, 0, 0),
    SD_BUS_PROPERTY("Result", "s", property, 0, 0),
    SD_BUS_VTABLE_END,
};

int find_unit(sd_bus*, const char*, const char*, void* self, void** found, sd_bus_error*)
{
    *found = self;
    return 1;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 6) {
        return EXIT_FAILURE;
    }
    Manager manager{.wrapper = argv[1],
                    .facts = argv[2],
                    .hooks = argv[3],
                    .commands = argv[4],
                    .outputs = argv[5],
                    .units = {}};
    sd_bus* bus = nullptr;
    check(sd_bus_open_system(&bus), "reaching the bus");
    check(sd_bus_add_object_vtable(bus, nullptr, manager_path, manager_interface, manager_table,
                                   &manager),
          "serving");
    check(sd_bus_add_fallback_vtable(bus, nullptr, "/org/freedesktop/systemd1/unit",
                                     service_interface, service_table, find_unit, &manager),
          "serving");
    check(sd_bus_request_name(bus, "org.freedesktop.systemd1", 0), "taking the name");
    std::puts("ready");
    std::fflush(stdout);
    for (;;) {
        const int processed = sd_bus_process(bus, nullptr);
        check(processed, "serving");
        reap(bus, manager);
        if (processed == 0) {
            constexpr int look_again_ms = 20;
            pollfd fd{sd_bus_get_fd(bus), static_cast<short>(sd_bus_get_events(bus)), 0};
            poll(&fd, 1, look_again_ms);
        }
    }
}
