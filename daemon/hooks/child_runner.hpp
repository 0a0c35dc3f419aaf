// Hooks as children of the daemon: in the instance of a user, whose programs they are.
#pragma once

#include "daemon/hooks/call.hpp"

namespace duplid::hooks {

/// A hook leads a process group of its own, stands in "/", has default signals, no descriptors but
/// nothing on standard input and one pipe for what it writes, and sees child_environment(). Of a
/// command whose output is wanted, standard output is a pipe of its own.
///
/// When it ends, the call is over: what it left running (a tunnel, say) lives on, and what that
/// still writes goes nowhere. Wanted output is read to its end, though, by whomever it is written:
/// half of a dump is none. When it must be ended, its whole group is: TERM, and KILL two seconds
/// later.
class ChildRunner final : public Runner {
public:
    [[nodiscard]] bool takes_names() const noexcept override { return false; }
    [[nodiscard]] int run(const Call& call, StopGrace& grace) override;
};

}  // namespace duplid::hooks
