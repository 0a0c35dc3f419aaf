// One unit of systemd, started over D-Bus, and what became of it.
#pragma once

#include "daemon/hooks/call.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <systemd/sd-bus.h>

namespace duplid::hooks {

/// What units of the two templates are called, each followed by a name and ".service".
inline constexpr std::string_view hook_units = "duplid-hook@";
inline constexpr std::string_view command_units = "duplid-command@";

/// A connection of its own to the system's bus, for one job of systemd's. One thread.
class UnitJob {
public:
    /// Asks for the unit to be started. Throws: Error unreachable when there is no bus or no
    /// systemd on it; denied; not_found when there is no such unit.
    explicit UnitJob(std::string unit);
    UnitJob(const UnitJob&) = delete;
    UnitJob& operator=(const UnitJob&) = delete;

    /// Waits until the job is over; false at `until`, and when one of `wakes` is readable.
    [[nodiscard]] bool wait(StopGrace::Clock::time_point until, std::span<const int> wakes);
    /// Whether this is the number of the unit's main process, which may have ended.
    [[nodiscard]] bool is_main_process(pid_t process);
    /// Asks for the unit to be stopped, which ends the job, too.
    void stop();
    /// The exit status of a unit whose job is over; 128 + N for signal N. Throws: Error, for what
    /// kept its program from being started.
    [[nodiscard]] int status();

private:
    struct BusEnd {
        void operator()(sd_bus* bus) const noexcept { sd_bus_flush_close_unref(bus); }
    };
    struct SlotEnd {
        void operator()(sd_bus_slot* slot) const noexcept { sd_bus_slot_unref(slot); }
    };

    static int on_job_removed(sd_bus_message* message, void* self, sd_bus_error* error) noexcept;
    static int on_changed(sd_bus_message* message, void* self, sd_bus_error* error) noexcept;
    /// Calls a method of the manager with the unit's name, and "replace" if `mode`; the object path
    /// that it answers.
    [[nodiscard]] std::string call_manager(const char* method, bool with_mode);
    /// `type`: 'i' or 'u', of D-Bus. Both fit.
    [[nodiscard]] std::int64_t number(const std::string& unit_path, const char* property,
                                      char type);
    [[nodiscard]] std::string word(const std::string& unit_path, const char* property);

    std::string unit_;
    std::unique_ptr<sd_bus, BusEnd> bus_;
    std::unique_ptr<sd_bus_slot, SlotEnd> heard_;
    std::unique_ptr<sd_bus_slot, SlotEnd> changes_;
    std::set<pid_t> processes_;                   ///< main ones that were heard of
    std::string job_;                             ///< its path
    std::map<std::string, std::string> results_;  ///< of jobs that are over, by path
};

}  // namespace duplid::hooks
