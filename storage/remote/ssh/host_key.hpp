// Whether a server is the one that it was before.
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/ssh/known_hosts.hpp"
#include "storage/remote/ssh/session.hpp"

namespace duplid::ssh {

/// For one connection: prefer() before the handshake, check() after it.
class HostKeyCheck {
public:
    /// Reads the files of known hosts. Both outlive it. Throws: Error.
    HostKeyCheck(const Settings& settings, const remote::RemoteOptions& options);

    /// Asks for a key of a type that is on file: else a server would show another one of its keys,
    /// which nobody knows. Throws: BeyondUs when libssh2 knows none of those types.
    void prefer(const Session& session) const;

    /// Whether passwords may be sent: not to a server whose key changed, though the caller wished
    /// to go on. Throws: Error denied, with the key's fingerprint; BeyondUs where a certificate
    /// authority vouches for the server.
    [[nodiscard]] bool check(const Session& session) const;

private:
    [[nodiscard]] Error refusal(Acquaintance acquaintance, const HostKey& key) const;
    void make_known(const HostKey& key) const;

    const Settings& settings_;
    const remote::RemoteOptions& options_;
    KnownHosts known_;
};

/// Of the key of a server that cannot be trusted, and what to do about it.
[[nodiscard]] Error unknown_key(const Settings& settings, std::string_view type,
                                std::string_view fingerprint);
[[nodiscard]] Error changed_key(const Settings& settings, std::string_view type,
                                std::string_view fingerprint, std::string_view place);

}  // namespace duplid::ssh
