// Who is at the other end of a connection, and what they may do (architecture.md 8).
#pragma once

#include "proto/session.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace duplid::daemon {

/// Credentials as the kernel recorded them when the connection was made. Never the process id,
/// which may have gone to somebody else since.
struct Peer {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups;  ///< supplementary ones
};

/// Throws: Error.
[[nodiscard]] Peer peer_of(int socket);

enum class Access {
    none,   ///< refused at hello
    watch,  ///< state of daemon and runs; no names of files, targets or secrets
    full,
};

/// The rules. `own_uid` is the daemon's; `watchers` the group of those who may watch the system
/// instance, if there is one.
[[nodiscard]] Access access_of(const Peer& peer, proto::Instance instance, uid_t own_uid,
                               std::optional<gid_t> watchers);

/// The number of the group of that name; a name that is a number is that. Nothing: there is none.
[[nodiscard]] std::optional<gid_t> group_of(const std::string& name);

}  // namespace duplid::daemon
