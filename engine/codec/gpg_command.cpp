#include "engine/codec/gpg_command.hpp"

#include "engine/codec/gpg_options.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <initializer_list>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::codec {

namespace {

/// The most that the format can say (RFC 4880 3.7.1.3).
constexpr std::string_view s2k_count_max = "65011712";

/// What is decrypted goes to standard output by its number: gpg writes 8 KiB at a time there, and 4
/// to "-" (2.2.40, seen), where a call costs as much as the bytes do.
constexpr std::array<std::string_view, 4> to_output{"--enable-special-filenames", "--output", "-&1",
                                                    "--"};

GpgCommand base_command(const OpenPgpSettings& settings, const io::Secret& secret)
{
    check_gpg_options(settings.gpg_options);
    prepare_home(settings);
    GpgCommand command;
    command.program = find_gpg(settings);
    command.stop = settings.stop;
    auto& words = command.arguments;
    const auto add = [&words](std::initializer_list<std::string_view> more) {
        words.insert(words.end(), more.begin(), more.end());
    };
    if (!settings.home.empty()) {
        add({"--homedir", settings.home});
    }
    // No server is asked for the key of a recipient: nobody here could vouch for it, and a backup
    // must not wait for the network (unless the user's options say so).
    add({"--no-auto-key-locate"});
    // Before the user's, so that gpg can say what it thinks of those.
    add({"--status-fd", gpg_status_fd});
    words.insert(words.end(), settings.gpg_options.begin(), settings.gpg_options.end());
    add({"--batch", "--no-tty", "--yes"});
    if (!settings.use_agent) {
        add({"--pinentry-mode", "loopback"});
        if (secret.is_set()) {
            command.passphrase = secret;
            add({"--passphrase-fd", gpg_passphrase_fd});
        }
    }
    return command;
}

}  // namespace

std::string find_gpg(const OpenPgpSettings& settings)
{
    std::string name = settings.gpg_binary.empty() ? "gpg" : settings.gpg_binary;
    if (name.find('/') != std::string::npos) {
        if (::access(name.c_str(), X_OK) != 0) {
            throw system_error(errno, "looking for gpg at", name);
        }
        return name;
    }
    const char* value = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): never set here
    std::string_view path = value == nullptr ? "/usr/local/bin:/usr/bin:/bin" : value;
    while (!path.empty()) {
        const auto colon = std::min(path.find(':'), path.size());
        auto candidate = std::string{path.substr(0, colon)} + "/" + name;
        if (colon > 0 && ::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
        path.remove_prefix(std::min(colon + 1, path.size()));
    }
    throw Error{Error::Kind::not_found, "no such program in PATH", name,
                settings.gpg_binary.empty() ? "install GnuPG (Debian: apt install gpg)"
                                            : "check the setting gpg-binary"};
}

GpgCommand encrypting_command(const OpenPgpSettings& settings)
{
    check_recipients(settings);
    static const io::Secret none;
    auto command = base_command(settings, settings.is_symmetric() ? settings.passphrase : none);
    auto& words = command.arguments;
    if (settings.is_symmetric() && !settings.use_agent && !sets_count(settings)) {
        // gpg would start an agent only to ask it what this machine can bear, and the agent would
        // measure for half a second. The answer is this one wherever SHA-1 passes 650 MB/s, and
        // less elsewhere: it is never weaker than gpg's own.
        words.insert(words.begin(), {"--s2k-count", std::string{s2k_count_max}});
    }
    // What comes is packets already, compressed ones.
    words.insert(words.end(), {"--no-literal", "--no-textmode", "--compress-algo", "none"});
    if (settings.always_trust) {
        words.insert(words.end(), {"--trust-model", "always"});
    }
    for (const auto& name : settings.recipients) {
        words.insert(words.end(), {"--recipient", name});
    }
    for (const auto& name : settings.hidden_recipients) {
        words.insert(words.end(), {"--hidden-recipient", name});
    }
    words.insert(words.end(),
                 {settings.is_symmetric() ? "--symmetric" : "--encrypt", "--output", "-", "--"});
    return command;
}

GpgCommand decrypting_command(const OpenPgpSettings& settings, bool unwrap)
{
    auto command = base_command(settings, settings.passphrase);
    auto& words = command.arguments;
    if (!settings.secret_keyring.empty()) {
        words.insert(words.end(), {"--secret-keyring", settings.secret_keyring});
    }
    if (unwrap) {
        words.emplace_back("--unwrap");
    }
    words.emplace_back("--decrypt");
    words.insert(words.end(), to_output.begin(), to_output.end());
    return command;
}

GpgCommand decrypting_command_with(const OpenPgpSettings& settings, const io::Secret& session_key)
{
    auto command = base_command(settings, {});
    command.passphrase = session_key;
    auto& words = command.arguments;
    words.insert(words.end(), {"--override-session-key-fd", std::string{gpg_passphrase_fd},
                               "--unwrap", "--decrypt"});
    words.insert(words.end(), to_output.begin(), to_output.end());
    return command;
}

GpgCommand signing_command(const OpenPgpSettings& settings, const std::string& key)
{
    auto command = base_command(settings, settings.secret_to_sign());
    command.arguments.insert(command.arguments.end(),
                             {"--no-armor", "--no-textmode", "--local-user", key, "--detach-sign",
                              "--output", "-", "--"});
    return command;
}

GpgCommand version_command(const OpenPgpSettings& settings)
{
    auto command = base_command(settings, {});
    command.arguments.emplace_back("--version");
    return command;
}

void prepare_home(const OpenPgpSettings& settings)
{
    if (!settings.home.empty()) {
        if (::access(settings.home.c_str(), X_OK) != 0) {
            throw system_error(errno, "opening the GnuPG home", settings.home);
        }
        return;
    }
    // NOLINTBEGIN(concurrency-mt-unsafe): neither is ever set
    const char* const home = std::getenv("HOME");
    if (std::getenv("GNUPGHOME") == nullptr && home != nullptr) {
        // Whatever goes wrong, gpg says it better.
        (void)::mkdir((std::string{home} + "/.gnupg").c_str(), S_IRWXU);
    }
    // NOLINTEND(concurrency-mt-unsafe)
}

void check_recipients(const OpenPgpSettings& settings)
{
    for (const auto* names : {&settings.recipients, &settings.hidden_recipients}) {
        for (const auto& name : *names) {
            if (name.empty() || name.starts_with('-') ||
                name.find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos) {
                throw Error{Error::Kind::invalid, "not the name of a key", name};
            }
        }
    }
}

}  // namespace duplid::codec
