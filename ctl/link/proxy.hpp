// "duplictl proxy": what a login by ssh starts, to reach the daemon of its machine.
#pragma once

#include "ctl/process/interrupts.hpp"

namespace duplid::ctl {

/// Copies `input` to `socket` and `socket` to `output`, as they come, holding at most 64 KiB of
/// each: who does not read is not read for. The end of `input` is passed on by shutting down the
/// socket for writing; the end of the socket ends the proxy, and so does that of whoever reads
/// `output`. Descriptors are made not to block, and put back.
/// Throws: Interrupted; Failure.
void copy_both_ways(int input, int output, int socket, Interrupts& interrupts);

}  // namespace duplid::ctl
