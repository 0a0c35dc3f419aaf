#include "daemon/control/peer.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <grp.h>
#include <sys/socket.h>

namespace duplid::daemon {

namespace {

/// NGROUPS_MAX of Linux; nobody can be in more.
constexpr std::size_t groups_max = 65'536;

}  // namespace

Peer peer_of(int socket)
{
    struct ucred credentials {};
    socklen_t bytes = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &bytes) != 0) {
        throw system_error(errno, "asking who connected", {});
    }
    std::vector<gid_t> groups(64);
    bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    int result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
    if (result != 0 && errno == ERANGE && bytes <= groups_max * sizeof(gid_t)) {
        groups.resize(bytes / sizeof(gid_t));
        result = ::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes);
    }
    // A kernel that does not know the question (before 4.13) leaves the primary group only.
    groups.resize(result == 0 ? bytes / sizeof(gid_t) : 0);
    return {credentials.uid, credentials.gid, std::move(groups)};
}

Access access_of(const Peer& peer, proto::Instance instance, uid_t own_uid,
                 std::optional<gid_t> watchers)
{
    constexpr uid_t root = 0;
    if (peer.uid == root) {
        return Access::full;
    }
    if (instance != proto::Instance::system) {
        return peer.uid == own_uid ? Access::full : Access::none;
    }
    const bool watcher =
        watchers && (peer.gid == *watchers || std::find(peer.groups.begin(), peer.groups.end(),
                                                        *watchers) != peer.groups.end());
    return watcher ? Access::watch : Access::none;
}

std::optional<gid_t> group_of(const std::string& name)
{
    gid_t number = 0;
    const char* const end = name.data() + name.size();
    if (const auto result = std::from_chars(name.data(), end, number);
        result.ec == std::errc{} && result.ptr == end) {
        return number;
    }
    std::array<char, 16'384> buffer{};
    struct group entry {};
    struct group* found = nullptr;
    const int result = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    return result == 0 && found != nullptr ? std::optional{found->gr_gid} : std::nullopt;
}

}  // namespace duplid::daemon
