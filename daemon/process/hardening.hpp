// What the process does to itself before anything else.
#pragma once

namespace duplid::daemon {

/// No core dumps and no tracing by others: memory may hold passphrases. As many descriptors as
/// allowed. Writing to a broken pipe is an error, not a death.
void harden_process();

/// Secrets in the environment come in requests instead: what is here was meant for our client, and
/// children would inherit it. Overwritten where it stands, since /proc/PID/environ shows that.
void wipe_environment_secrets();

/// Closes every descriptor above standard error but `kept`, and points standard input and output at
/// /dev/null unless the caller has lent them (`with_streams`): a private instance must not keep
/// its caller's pipes and files open.
void close_other_descriptors(int kept, bool with_streams);

}  // namespace duplid::daemon
