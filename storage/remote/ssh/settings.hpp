// All that is to be known before a server is asked: from the URL, --ssh-options and ssh's own
// files.
#pragma once

#include "storage/io/secret.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/url.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::ssh {

/// Who makes the connection.
enum class Engine {
    any,      ///< our own; the ssh program where ours cannot
    own,      ///< paramiko+: never a program
    program,  ///< pexpect+
};

/// How files are kept at the far side.
enum class Protocol {
    sftp,
    sftp_or_shell,  ///< scp: a server without sftp is used through its shell
    shell,          ///< fish
};

enum class StrictHostKeys { refuse, accept_new, accept_any };

struct Settings {
    Engine engine = Engine::any;
    Protocol protocol = Protocol::sftp;

    std::string url_host;  ///< as the URL has it
    std::optional<std::string> url_user;
    std::optional<std::uint16_t> url_port;
    std::string directory;  ///< "." for the login directory
    std::string shown;      ///< the URL without password

    io::Secret password;             ///< of the URL, else FTP_PASSWORD
    std::vector<std::string> words;  ///< --ssh-options
    std::string home;                ///< HOME of whoever asked
    /// Set when HOME is not the account's own: the ssh program looks at the account's by itself.
    bool is_home_foreign = false;

    std::string host;  ///< where to connect to
    std::uint16_t port = 22;
    std::string user;
    std::string known_as;  ///< the name that known_hosts has
    /// The port that belongs to it; none (22) with HostKeyAlias, which is taken as it stands.
    std::uint16_t known_port = 22;
    std::vector<std::string> identity_files;
    bool are_identities_chosen = false;  ///< not the usual ones
    bool only_identity_files = false;    ///< IdentitiesOnly
    std::string agent;                   ///< its socket; empty: none
    bool may_use_keys = true;
    bool may_use_password = true;
    bool is_config_chosen = false;  ///< by -F
    bool are_known_hosts_chosen = false;
    std::vector<std::string> known_hosts_files;  ///< the first is where new keys go
    StrictHostKeys strict = StrictHostKeys::refuse;
    bool hash_known_hosts = false;
    bool compress = false;
    bool may_use_kerberos = false;
    bool are_ciphers_chosen = false;  ///< or may be
    int address_family = 0;           ///< AF_UNSPEC, AF_INET, AF_INET6
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds alive_interval{15};

    /// What our own connection cannot honour, for a person; not set when all is well.
    std::optional<std::string> beyond_us;

    /// "host" or "host:port", for messages.
    [[nodiscard]] std::string server() const;
};

/// Throws: Error invalid for options and files that make no sense, and with paramiko+ for what our
/// own connection cannot honour.
[[nodiscard]] Settings settle(const remote::Url& url, const remote::RemoteOptions& options);

}  // namespace duplid::ssh
