#include "storage/remote/ssh/login.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/ssh/known_hosts.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libssh2.h>
#include <unistd.h>

namespace duplid::ssh {

namespace {

// MaxAuthTries of sshd is 6, and hardly anybody sets it below 3.
constexpr std::size_t refusals_before_hanging_up = 2;
constexpr std::size_t key_bytes_max = std::size_t{256} << 10U;

std::string read_text(const std::string& path)
{
    try {
        const auto bytes = io::read_file_if_there(path, key_bytes_max);
        return bytes ? std::string{io::text_of(*bytes)} : std::string{};
    } catch (const Error&) {
        return {};
    }
}

// The second word of a line of a .pub file.
io::Bytes blob_of(std::string_view public_key)
{
    const auto begin = public_key.find(' ');
    if (begin == std::string_view::npos) {
        return {};
    }
    const auto rest = public_key.substr(begin + 1);
    return io::unbase64(rest.substr(0, rest.find_first_of(" \t\r\n"))).value_or(io::Bytes{});
}

// The string at the front of a key as it goes over the wire.
std::string type_in(io::ByteView blob)
{
    std::size_t length = 0;
    for (const auto byte : blob.first(std::min<std::size_t>(blob.size(), 4))) {
        length = length << 8U | std::to_integer<std::size_t>(byte);
    }
    return blob.size() < 4 + length ? std::string{}
                                    : std::string{io::text_of(blob.subspan(4, length))};
}

}  // namespace

std::string key_type_of(std::string_view private_key, std::string_view public_key)
{
    if (!public_key.empty()) {
        return std::string{public_key.substr(0, public_key.find(' '))};
    }
    if (private_key.find("BEGIN RSA PRIVATE KEY") != std::string_view::npos) {
        return "ssh-rsa";
    }
    constexpr std::string_view armour = "-----BEGIN OPENSSH PRIVATE KEY-----";
    const auto begin = private_key.find(armour);
    if (begin == std::string_view::npos) {
        return {};
    }
    // The public key stands in clear near the front (PROTOCOL.key of OpenSSH): its type is looked
    // for there, since what precedes it has no fixed length.
    std::string digits;
    constexpr std::size_t digits_wanted = 400;
    for (const char c : private_key.substr(begin + armour.size())) {
        if (c == '-' || digits.size() == digits_wanted) {
            break;
        }
        if (c != '\n' && c != '\r') {
            digits += c;
        }
    }
    digits.resize(digits.size() / 4 * 4);
    const auto bytes = io::unbase64(digits).value_or(io::Bytes{});
    const auto text = io::text_of(bytes);
    for (const std::string_view type :
         {"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com", "ssh-ed25519",
          "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"}) {
        if (text.find(type) != std::string_view::npos) {
            return std::string{type};
        }
    }
    return {};
}

namespace {

struct FreeAgent {
    void operator()(LIBSSH2_AGENT* agent) const noexcept
    {
        libssh2_agent_disconnect(agent);
        libssh2_agent_free(agent);
    }
};
using Agent = std::unique_ptr<LIBSSH2_AGENT, FreeAgent>;

/// One attempt to log in, with notes of what was tried.
class Login {
public:
    Login(Session& session, bool may_send_password)
        : session_{session}, settings_{session.settings()}, may_send_password_{
                                                                may_send_password &&
                                                                settings_.password.is_set() &&
                                                                settings_.may_use_password}
    {
    }

    void run()
    {
        ask_methods();
        if (is_done() || try_agent() || try_files() || try_password() || try_interactive()) {
            return;
        }
        throw_refused();
    }

private:
    [[nodiscard]] bool is_done() const
    {
        return libssh2_userauth_authenticated(session_.get()) != 0;
    }
    [[nodiscard]] bool offers(std::string_view method) const
    {
        return (',' + methods_ + ',').find(fmt::format(",{},", method)) != std::string::npos;
    }
    [[nodiscard]] static unsigned length(std::string_view text)
    {
        return static_cast<unsigned>(text.size());
    }

    void ask_methods()
    {
        const auto& user = settings_.user;
        const char* list = nullptr;
        const int result = session_.finish([&] {
            list = libssh2_userauth_list(session_.get(), user.data(), length(user));
            return list != nullptr || is_done() ? 0 : libssh2_session_last_errno(session_.get());
        });
        methods_ = list != nullptr ? list : "";
        if (result != 0) {
            throw session_.broken("logging in to");
        }
    }

    // Whether it is done; throws when the connection broke, as servers do that have enough.
    bool note(int result, std::string attempt)
    {
        if (result == 0) {
            return true;
        }
        if (result == LIBSSH2_ERROR_SOCKET_DISCONNECT || result == LIBSSH2_ERROR_SOCKET_RECV ||
            result == LIBSSH2_ERROR_SOCKET_SEND) {
            // After several refusals it is the server that hung up; else the line broke.
            if (tried_.size() < refusals_before_hanging_up) {
                throw session_.broken("logging in to");
            }
            throw_refused();
        }
        tried_.push_back(std::move(attempt));
        return false;
    }

    void note_beyond(const std::string& what)
    {
        if (beyond_.empty()) {
            beyond_ = what;
        }
    }

    // Keys that are of no use to libssh2, and what to say of them.
    bool is_beyond(std::string_view type, const std::string& name)
    {
        if (type.starts_with("sk-") || type.find("-cert-v0") != std::string_view::npos) {
            note_beyond(fmt::format("{} is of type {}", name, type));
            return true;
        }
        if (type == "ssh-rsa" && !has_modern_rsa()) {
            note_beyond(name + " is an RSA key");
        }
        return false;
    }

    // Of the identity files, as far as they are there.
    [[nodiscard]] bool is_listed(io::ByteView blob) const
    {
        return std::ranges::any_of(settings_.identity_files, [&](const std::string& path) {
            const auto own = blob_of(read_text(path + ".pub"));
            return std::ranges::equal(own, blob);
        });
    }

    bool try_agent()
    {
        if (settings_.agent.empty() || !offers("publickey")) {
            return false;
        }
        const Agent agent{libssh2_agent_init(session_.get())};
        libssh2_agent_set_identity_path(agent.get(), settings_.agent.c_str());
        if (libssh2_agent_connect(agent.get()) != 0 ||
            libssh2_agent_list_identities(agent.get()) != 0) {
            tried_.push_back(fmt::format("agent at {} (it does not answer)", settings_.agent));
            return false;
        }
        // Those that were asked for by name go first: servers count attempts.
        for (const bool listed : {true, false}) {
            libssh2_agent_publickey* identity = nullptr;
            for (libssh2_agent_publickey* previous = nullptr;
                 libssh2_agent_get_identity(agent.get(), &identity, previous) == 0;
                 previous = identity) {
                const auto blob = std::as_bytes(std::span{identity->blob, identity->blob_len});
                if (is_listed(blob) != listed || (settings_.only_identity_files && !listed)) {
                    continue;
                }
                const auto name = fmt::format("agent's key \"{}\"", identity->comment);
                if (!is_beyond(type_in(blob), name) && note(session_.finish([&] {
                        return libssh2_agent_userauth(agent.get(), settings_.user.c_str(),
                                                      identity);
                    }),
                                                            name)) {
                    return true;
                }
            }
        }
        return false;
    }

    bool try_files()
    {
        if (!settings_.may_use_keys || !offers("publickey")) {
            return false;
        }
        return std::ranges::any_of(settings_.identity_files,
                                   [this](const std::string& path) { return try_file(path); });
    }

    bool try_file(const std::string& path)
    {
        const auto text = read_text(path);
        if (text.empty()) {
            if (settings_.are_identities_chosen) {
                tried_.push_back(fmt::format("key {} (cannot be read)", path));
            }
            return false;
        }
        if (::access((path + "-cert.pub").c_str(), R_OK) == 0) {
            note_beyond(path + " has a certificate");
        }
        if (is_beyond(key_type_of(text, read_text(path + ".pub")), "key " + path)) {
            return false;
        }
        // The password that was given is a key's passphrase, too. Never null: OpenSSL's own way of
        // asking would be at the terminal.
        const int result = session_.finish([&] {
            return libssh2_userauth_publickey_fromfile_ex(session_.get(), settings_.user.data(),
                                                          length(settings_.user), nullptr,
                                                          path.c_str(), settings_.password.c_str());
        });
        if (result == LIBSSH2_ERROR_FILE) {
            locked_ = path;
            return note(result,
                        fmt::format("key {} ({})", path,
                                    settings_.password.is_set() ? "its passphrase is another one"
                                                                : "locked"));
        }
        return note(result, "key " + path);
    }

    bool try_password()
    {
        if (!may_send_password_ || !offers("password")) {
            return false;
        }
        const auto password = settings_.password.reveal();
        return note(session_.finish([&] {
            return libssh2_userauth_password_ex(session_.get(), settings_.user.data(),
                                                length(settings_.user), password.data(),
                                                length(password), nullptr);
        }),
                    "password");
    }

    // Gives the password to every question whose answer is not to be seen.
    static void answer(const char* /*name*/, int /*name_length*/, const char* /*instruction*/,
                       int /*instruction_length*/, int count,
                       const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts,
                       LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** abstract)
    {
        const auto password = static_cast<const Settings*>(*abstract)->password.reveal();
        for (int number = 0; number < count; ++number) {
            if (prompts[number].echo != 0) {
                continue;
            }
            // libssh2 frees it.
            responses[number].text = static_cast<char*>(std::malloc(password.size() + 1));
            if (responses[number].text != nullptr) {
                std::memcpy(responses[number].text, password.data(), password.size());
                responses[number].length = length(password);
            }
        }
    }

    bool try_interactive()
    {
        if (!may_send_password_ || !offers("keyboard-interactive")) {
            return false;
        }
        *libssh2_session_abstract(session_.get()) = const_cast<Settings*>(&settings_);
        return note(session_.finish([&] {
            return libssh2_userauth_keyboard_interactive_ex(session_.get(), settings_.user.data(),
                                                            length(settings_.user), &Login::answer);
        }),
                    "password (asked for interactively)");
    }

    [[noreturn]] void throw_refused()
    {
        if (settings_.may_use_kerberos && offers("gssapi-with-mic")) {
            note_beyond("the server takes Kerberos");
        }
        const auto text = fmt::format("{} lets {} not in; tried: {}; it would take: {}",
                                      settings_.server(), settings_.user,
                                      tried_.empty() ? "nothing, there is no key and no password"
                                                     : fmt::format("{}", fmt::join(tried_, ", ")),
                                      methods_);
        if (!beyond_.empty()) {
            throw BeyondUs{Error::Kind::denied, fmt::format("{} ({})", text, beyond_),
                           settings_.server(), "write pexpect+sftp:// to use the ssh program"};
        }
        throw Error{Error::Kind::denied, text, settings_.server(),
                    !locked_.empty() ? fmt::format("{} is locked: unlock it in an agent, or give "
                                                   "its passphrase as FTP_PASSWORD",
                                                   locked_)
                                     : "look at the user's name, at the agent and at "
                                       "--ssh-options=-oIdentityFile=..."};
    }

    Session& session_;
    const Settings& settings_;
    bool may_send_password_;
    std::string methods_;
    std::vector<std::string> tried_;
    std::string beyond_;
    std::string locked_;
};

}  // namespace

void log_in(Session& session, bool may_send_password)
{
    Login{session, may_send_password}.run();
}

}  // namespace duplid::ssh
