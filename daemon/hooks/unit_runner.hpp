// Hooks as units of systemd: in the system's instance, whose sandbox they must not share.
//
// The daemon executes nothing of theirs. A hook is a name; root has put a file of that name into
// /etc/duplid/hooks, and the template duplid-hook@.service starts it. That the daemon's user may
// start units of this template, and no others, is what systemd/duplid-hook.rules says.
//
// A command whose output is wanted is a program in /etc/duplid/commands, of which the template
// duplid-command@.service makes a unit. systemd connects its standard output to a socket that the
// daemon has been given (systemd/duplid-output.socket): the path is root's, so that whoever took
// over the daemon cannot have root's programs write elsewhere. Whose output arrives is told by the
// number of the process that connected, which is that of the unit's main process. The output is
// never in a file or a journal.
//
// Interface: org.freedesktop.systemd1(5), "The Manager Object" (StartUnit, StopUnit, LoadUnit,
// JobRemoved) and "Service Unit Objects" (ExecMainCode, ExecMainPID, ExecMainStatus, Result);
// systemd.exec(5), StandardOutput=file: for sockets; unix(7), SO_PEERCRED.
#pragma once

#include "daemon/hooks/call.hpp"
#include "storage/io/fd.hpp"

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

namespace duplid::hooks {

/// What a hook writes goes to the journal, where `journalctl -u duplid-hook@NAME` shows it, and so
/// does what a command writes to standard error. One of a name at a time: a unit runs once, and the
/// facts of a hook lie in one file.
class UnitRunner final : public Runner {
public:
    /// `facts_directory` is made when it is not there; its parent must be. `outputs` listens where
    /// commands are connected; without it there can be none.
    UnitRunner(std::string facts_directory, io::Fd outputs);

    [[nodiscard]] bool takes_names() const noexcept override { return true; }
    [[nodiscard]] int run(const Call& call, StopGrace& grace) override;

private:
    class Turn;
    class Attendance;

    void require_outputs(const Call& call) const;
    [[nodiscard]] io::Fd accept_output(Attendance& unit) const;
    [[nodiscard]] static int take_output(const Call& call, Attendance& unit, const io::Fd& output);

    std::string facts_directory_;
    io::Fd outputs_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::set<std::string> busy_;  ///< units that are at work for us; "": one is being started
};

}  // namespace duplid::hooks
