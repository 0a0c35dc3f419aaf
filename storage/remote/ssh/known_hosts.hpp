// Which keys servers are known by: files as OpenSSH's ~/.ssh/known_hosts.
//
// Format facts: sshd(8) of OpenSSH 9.2, "SSH_KNOWN_HOSTS FILE FORMAT"; hashed names are
// "|1|salt|HMAC-SHA1(salt, name)", both in base64 (seen in files that ssh-keygen -H wrote).
#pragma once

#include "storage/io/bytes.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::ssh {

/// A server's public key as it goes over the wire.
struct HostKey {
    std::string type;  ///< "ssh-ed25519"
    io::Bytes blob;

    friend bool operator==(const HostKey&, const HostKey&) = default;
};

enum class Acquaintance {
    known,
    unknown,  ///< no key of this type for this host
    changed,  ///< another key of this type
    revoked,  ///< a line says never to take this one
};

class KnownHosts {
public:
    /// Adds the lines of a file; those that are malformed are passed over, as ssh does.
    void add(std::string_view text, const std::string& path);

    /// `host` in lower case. A key for the host without port counts for all its ports, as with ssh,
    /// but never as a changed one.
    [[nodiscard]] Acquaintance look_up(const std::string& host, unsigned port,
                                       const HostKey& key) const;
    /// Types of the keys that the host is known by, best known first.
    [[nodiscard]] std::vector<std::string> types_for(const std::string& host, unsigned port) const;
    /// "path:line" of the first key of that type for the host; empty when there is none.
    [[nodiscard]] std::string place_of(const std::string& host, unsigned port,
                                       std::string_view type) const;
    /// Whether keys of this host are vouched for by a certificate authority.
    [[nodiscard]] bool has_authority(const std::string& host, unsigned port) const;

private:
    enum class Mark { none, authority, revoked };
    struct Line {
        Mark mark;
        std::string names;  ///< patterns with commas, or one hash
        HostKey key;
        std::string place;
    };

    [[nodiscard]] static bool names_host(const Line& line, const std::string& name);
    [[nodiscard]] std::vector<const Line*> lines_for(const std::string& name) const;

    std::vector<Line> lines_;
};

/// "host", or "[host]:port" where the port is not 22.
[[nodiscard]] std::string known_name(const std::string& host, unsigned port);

/// "SHA256:…", as ssh shows it.
[[nodiscard]] std::string fingerprint(io::ByteView blob);

/// A line that makes the key known; with `hashed` its name is not readable.
[[nodiscard]] std::string known_line(const std::string& host, unsigned port, const HostKey& key,
                                     bool hashed);

}  // namespace duplid::ssh
