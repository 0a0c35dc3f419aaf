// What OpenSSH's client would take from its configuration files and command line for one host, as
// far as our own connection can honour it; the rest by name.
//
// Format facts: ssh_config(5) and ssh(1) of OpenSSH 9.2.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ssh {

/// The first value that was said of each, as ssh takes it; texts with ~, %h and the like still in
/// them.
struct Config {
    std::optional<std::string> host_name;
    std::optional<std::string> port;
    std::optional<std::string> user;
    std::vector<std::string> identity_files;  ///< all of them count
    std::optional<std::string> identity_agent;
    std::optional<std::string> identities_only;
    std::optional<std::string> user_known_hosts;
    std::optional<std::string> global_known_hosts;
    std::optional<std::string> strict_host_keys;  ///< StrictHostKeyChecking
    std::optional<std::string> host_key_alias;
    std::optional<std::string> alive_interval;  ///< ServerAliveInterval
    std::optional<std::string> connect_timeout;
    std::optional<std::string> compression;
    std::optional<std::string> address_family;
    std::optional<std::string> batch_mode;
    std::optional<std::string> password_authentication;
    std::optional<std::string> key_authentication;
    std::optional<std::string> hash_known_hosts;
    std::optional<std::string> gssapi;

    /// Or may be, where what is said is not understood here.
    bool are_ciphers_chosen = false;

    /// The first thing that only the ssh program can do: "ProxyJump in /home/me/.ssh/config".
    std::optional<std::string> beyond_us;
};

/// Reads a file for an Include or -F; nothing when it is not there.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;
/// The files that a pattern of an Include names, sorted.
using FindFiles = std::function<std::vector<std::string>(const std::string& pattern)>;

struct ConfigSources {
    std::string host;  ///< as the URL has it: what Host lines are compared with
    ReadFile read{};
    FindFiles find{};
    std::string home{};  ///< for ~ and for relative names in Include
};

/// One option, as of -o or a line of a file. `from` names where it stands. What needs a file's
/// context (Host, Match, Include) is not for here. Throws: Error invalid for a line without value.
void apply_option(Config& config, std::string_view name, std::string_view value,
                  std::string_view from);

/// The lines of a file that concern sources.host. `directory` is what Include is relative to.
/// Throws: Error invalid, naming the line.
void apply_file(Config& config, const ConfigSources& sources, std::string_view text,
                const std::string& path, const std::string& directory, int depth = 0);

/// The words of --ssh-options: -i, -o, -p, -l, -F, -4, -6, -C and what has no meaning here. The
/// file of -F, if there is one, to be read afterwards. Throws: Error invalid.
[[nodiscard]] std::optional<std::string> apply_words(Config& config,
                                                     const std::vector<std::string>& words);

/// Whether `host` is meant by one of `patterns` (with * and ?) and by none that begins with "!".
[[nodiscard]] bool matches_patterns(std::string_view host,
                                    const std::vector<std::string>& patterns);

}  // namespace duplid::ssh
