// systemd, as far as it keeps the daemon running: the machine's own or the user's.
#pragma once

#include "ctl/link/instance.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/setup/questions.hpp"
#include "ctl/words/command_line.hpp"

#include <string>
#include <vector>

namespace duplid::setup {

class ServiceManager {
public:
    explicit ServiceManager(bool for_system) : for_system_{for_system} {}

    /// Whether it answers, and duplid's unit is installed.
    [[nodiscard]] bool knows_duplid() const;
    /// Whether jobs will run after the next boot or login.
    [[nodiscard]] bool starts_duplid() const;
    /// From now on, and at once. Throws: Failure.
    void enable_and_start() const;
    /// Reads changed units. Throws: Failure.
    void reload() const;
    /// The daemon, with what has changed in its unit. Throws: Failure.
    void restart() const;

    [[nodiscard]] const char* moment() const noexcept
    {
        return for_system_ ? "whenever this machine starts" : "whenever you log in";
    }

private:
    [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& more) const;
    void demand(const std::vector<std::string>& more) const;

    bool for_system_;
};

/// The resident daemon, started, and started from now on, if it is not and the user agrees.
/// Throws: Failure unreachable when there is none; Interrupted.
[[nodiscard]] ctl::Chosen connect(const ctl::CommandLine& line, const Questions& questions,
                                  ctl::Interrupts& interrupts);

}  // namespace duplid::setup
