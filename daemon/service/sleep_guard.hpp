// A machine that is to sleep finds runs at rest, and no volume half sent.
#pragma once

#include "daemon/loop/loop.hpp"
#include "daemon/runs/runs.hpp"
#include "daemon/service/login_inhibitor.hpp"

namespace duplid::daemon {

/// Loop thread. While runs are at work the login manager is asked to wait for us. When it says that
/// the machine is about to sleep, or to be switched off, all runs are held; once none has an
/// operation on its target under way, the machine may. Awake again, they go on.
class SleepGuard {
public:
    SleepGuard(Loop& loop, Runs& runs);

    /// To be called whenever something has happened to a run.
    void follow();

private:
    void prepare(bool about_to);
    void hold_all(bool held);

    Runs& runs_;
    bool falls_asleep_ = false;
    LoginInhibitor inhibitor_;
};

}  // namespace duplid::daemon
