// Hooks as units of systemd: in the system's instance, whose sandbox they must not share.
//
// The daemon executes nothing of theirs. A hook is a name; root has put a file of that name into
// /etc/duplid/hooks, and the template duplid-hook@.service starts it. That the daemon's user may
// start units of this template, and no others, is what systemd/duplid-hook.rules says.
//
// Interface: org.freedesktop.systemd1(5), "The Manager Object" (StartUnit, StopUnit, LoadUnit,
// JobRemoved) and "Service Unit Objects" (ExecMainCode, ExecMainStatus, Result).
#pragma once

#include "daemon/hooks/call.hpp"

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

namespace duplid::hooks {

/// What a hook writes goes to the journal, where `journalctl -u duplid-hook@NAME` shows it. One
/// name at a time: a unit runs once, and its facts lie in one file.
class UnitRunner final : public Runner {
public:
    /// `facts_directory` is made when it is not there; its parent must be.
    explicit UnitRunner(std::string facts_directory) : facts_directory_{std::move(facts_directory)}
    {
    }

    [[nodiscard]] bool takes_names() const noexcept override { return true; }
    [[nodiscard]] int run(const Call& call, StopGrace& grace) override;

private:
    class Turn;

    std::string facts_directory_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::set<std::string> busy_;  ///< names whose units are at work for us
};

}  // namespace duplid::hooks
