#include "storage/remote/ssh/host_key.hpp"

#include "storage/io/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <libssh2.h>
#include <sys/stat.h>

namespace duplid::ssh {

namespace {

constexpr std::size_t file_bytes_max = std::size_t{16} << 20U;

// Types of keys, best first, and the methods by which a server shows one of that type.
struct Kind {
    std::string_view type;
    std::string_view methods;
    bool is_modern_rsa = false;
};
constexpr std::array kinds{
    Kind{"ssh-ed25519", "ssh-ed25519"},
    Kind{"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"},
    Kind{"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"},
    Kind{"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"},
    Kind{"ssh-rsa", "rsa-sha2-512,rsa-sha2-256", true},
    Kind{"ssh-rsa", "ssh-rsa"},
};

// The type's name stands at the front of the key itself (RFC 4253, 6.6).
HostKey key_of(const Session& session)
{
    std::size_t length = 0;
    int type = 0;
    const char* bytes = libssh2_session_hostkey(session.get(), &length, &type);
    if (bytes == nullptr || length < 4) {
        throw session.broken("asking for the key of");
    }
    HostKey key;
    const auto blob = io::view_of({bytes, length});
    key.blob.assign(blob.begin(), blob.end());
    std::size_t name_length = 0;
    for (const auto byte : blob.first(4)) {
        name_length = name_length << 8U | std::to_integer<std::size_t>(byte);
    }
    key.type = std::string{io::text_of(blob.subspan(4, std::min(name_length, length - 4)))};
    return key;
}

}  // namespace

Error unknown_key(const Settings& settings, std::string_view type, std::string_view print)
{
    return {Error::Kind::denied,
            fmt::format("the key of {} is not known ({} {})", settings.server(), type, print),
            settings.server(),
            fmt::format("compare it with the server's own (ssh-keygen -l -f "
                        "/etc/ssh/ssh_host_*_key.pub there), then run ssh{} {} once, or give "
                        "--ssh-options=-oStrictHostKeyChecking=accept-new",
                        settings.port == 22 ? "" : fmt::format(" -p {}", settings.port),
                        settings.host)};
}

Error changed_key(const Settings& settings, std::string_view type, std::string_view print,
                  std::string_view place)
{
    return {Error::Kind::denied,
            fmt::format("THE KEY OF {} HAS CHANGED: it is now {} {}; another one stands in {}. "
                        "Somebody may be listening in between",
                        settings.server(), type, print, place),
            settings.server(),
            fmt::format("if the server was really set up anew, run ssh-keygen -R '{}'",
                        known_name(settings.known_as, settings.known_port))};
}

HostKeyCheck::HostKeyCheck(const Settings& settings, const remote::RemoteOptions& options)
    : settings_{settings}, options_{options}
{
    for (const auto& path : settings.known_hosts_files) {
        // A device such as /dev/null is "no such file" here; so is what cannot be read, as for ssh.
        try {
            if (const auto bytes = io::read_file_if_there(path, file_bytes_max)) {
                known_.add(io::text_of(*bytes), path);
            }
        } catch (const Error& error) {
            options.notice(fmt::format("known hosts: {}", error.what()));
        }
    }
}

void HostKeyCheck::prefer(const Session& session) const
{
    const auto types = known_.types_for(settings_.known_as, settings_.known_port);
    std::string first;
    std::string then;
    for (const auto& kind : kinds) {
        if (kind.is_modern_rsa && !has_modern_rsa()) {
            continue;
        }
        auto& list = std::ranges::find(types, kind.type) != types.end() ? first : then;
        list += fmt::format("{}{}", list.empty() ? "" : ",", kind.methods);
    }
    const bool only_rsa = types.size() == 1 && types.front() == "ssh-rsa";
    if (!types.empty() && (first.empty() || (only_rsa && !has_modern_rsa()))) {
        throw BeyondUs{Error::Kind::denied,
                       fmt::format("{} is known by a key of type {} only, which libssh2 {} cannot "
                                   "check",
                                   settings_.server(), types.front(), libssh2_version(0)),
                       settings_.server(), "write pexpect+sftp:// to use the ssh program"};
    }
    if (types.empty() && known_.has_authority(settings_.known_as, settings_.known_port)) {
        throw BeyondUs{Error::Kind::denied,
                       settings_.server() + " is vouched for by a certificate authority, which "
                                            "libssh2 cannot check",
                       settings_.server(), "write pexpect+sftp:// to use the ssh program"};
    }
    const auto all = first.empty() || then.empty() ? first + then : first + ',' + then;
    libssh2_session_method_pref(session.get(), LIBSSH2_METHOD_HOSTKEY, all.c_str());
}

Error HostKeyCheck::refusal(Acquaintance acquaintance, const HostKey& key) const
{
    const auto print = fingerprint(key.blob);
    if (acquaintance == Acquaintance::unknown) {
        return unknown_key(settings_, key.type, print);
    }
    if (acquaintance == Acquaintance::changed) {
        return changed_key(settings_, key.type, print,
                           known_.place_of(settings_.known_as, settings_.known_port, key.type));
    }
    return {Error::Kind::denied,
            fmt::format("the key of {} is marked as revoked ({} {})", settings_.server(), key.type,
                        print),
            settings_.server()};
}

bool HostKeyCheck::check(const Session& session) const
{
    const auto key = key_of(session);
    const auto acquaintance = known_.look_up(settings_.known_as, settings_.known_port, key);
    if (acquaintance == Acquaintance::known) {
        return true;
    }
    if (acquaintance == Acquaintance::unknown && settings_.strict != StrictHostKeys::refuse) {
        make_known(key);
        return true;
    }
    const auto error = refusal(acquaintance, key);
    if (acquaintance == Acquaintance::changed && settings_.strict == StrictHostKeys::accept_any) {
        // As ssh does: the caller wished so, but gets no password out of us.
        options_.notice(error.what());
        return false;
    }
    throw Error{error};
}

void HostKeyCheck::make_known(const HostKey& key) const
{
    options_.notice(fmt::format("the key of {} is taken on trust ({} {})", settings_.server(),
                                key.type, fingerprint(key.blob)));
    if (settings_.known_hosts_files.empty()) {
        return;
    }
    const auto& path = settings_.known_hosts_files.front();
    try {
        const auto slash = path.rfind('/');
        if (slash != std::string::npos && slash > 0) {
            ::mkdir(path.substr(0, slash).c_str(), 0700);
        }
        const auto fd = io::open_file(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
        io::write_full(fd.get(),
                       io::view_of(known_line(settings_.known_as, settings_.known_port, key,
                                              settings_.hash_known_hosts)),
                       path);
    } catch (const Error& error) {
        options_.notice(fmt::format("the key of {} could not be written down: {}",
                                    settings_.server(), error.what()));
    }
}

}  // namespace duplid::ssh
