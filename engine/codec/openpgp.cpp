#include "engine/codec/openpgp.hpp"

#include "engine/codec/gpg_command.hpp"
#include "engine/codec/gpg_errors.hpp"
#include "engine/codec/gpg_process.hpp"
#include "engine/codec/key_facts.hpp"
#include "engine/codec/key_id.hpp"
#include "engine/codec/packet.hpp"
#include "engine/codec/session_keys.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <gpgme.h>
#include <map>
#include <optional>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::codec {

namespace {

void check_signatures(const GpgSaid& said, DecryptReport& report)
{
    using State = GpgSaid::Signature::State;
    for (const auto& signature : said.signatures) {
        const auto& key = signature.key;
        report.is_signed = true;
        switch (signature.state) {
        case State::good:
            report.signers.push_back(key);
            report.good_signers.push_back(key);
            if (!signature.primary.empty() && signature.primary != key) {
                report.good_signers.push_back(signature.primary);
            }
            break;
        // gpg ends well then, and a backup must not become unreadable because its key has grown
        // old; but nobody is named as a good signer.
        case State::dated:
            report.signers.push_back(key + ", which has expired or was revoked");
            break;
        case State::bad:
            throw Error{Error::Kind::corrupt, "bad signature by key " + key, key};
        case State::unchecked:
            if (signature.code == GPG_ERR_NO_PUBKEY) {
                throw Error{Error::Kind::denied,
                            "the signature by key " + key + " cannot be checked", key,
                            "import the signer's public key"};
            }
            throw gpg_failure(Error::Kind::denied, "checking the signature by key " + key,
                              signature.code, key);
        }
    }
}

}  // namespace

bool is_key_id(std::string_view text)
{
    return normal_key_id(text).has_value();
}

bool is_signed_by(const DecryptReport& report, std::string_view key_id)
{
    const auto wanted = normal_key_id(key_id);
    return wanted && std::any_of(report.good_signers.begin(), report.good_signers.end(),
                                 [&](const auto& signer) { return signer.ends_with(*wanted); });
}

void decrypt(io::Source& ciphertext, io::Sink& output, DecryptTo to,
             const OpenPgpSettings& settings, DecryptReport& report)
{
    report = {};
    GpgProcess gpg{decrypting_command(settings, to == DecryptTo::packets)};
    gpg.run(ciphertext, output);
    const auto& said = gpg.said();
    // gpg fails over signatures as well, so what it says about those goes first.
    if (to == DecryptTo::content && said.decryption_okay && said.decryption_ended) {
        check_signatures(said, report);
    }
    check_decryption(gpg, settings);
}

namespace {

// Content in an unnamed file that lives as long as this.
class DecryptedFile final : public io::Source {
public:
    explicit DecryptedFile(const std::string& directory) : file_{io::TempFile::unnamed(directory)}
    {
    }

    void fill(int fd, const std::string& name, DecryptTo to, const OpenPgpSettings& settings,
              DecryptReport& report)
    {
        fill_by(fd, name, [&](io::Source& ciphertext, io::Sink& sink) {
            decrypt(ciphertext, sink, to, settings, report);
        });
    }

    /// `decrypt_to` is given ciphertext and sink.
    template <class Decrypt>
    void fill_by(int fd, const std::string& name, const Decrypt& decrypt_to)
    {
        struct stat facts {};
        if (::fstat(fd, &facts) != 0) {
            throw system_error(errno, "looking at", name);
        }
        io::RangeSource ciphertext{fd, 0, static_cast<std::uint64_t>(facts.st_size), name};
        io::FdSink sink{file_.fd(), name};
        decrypt_to(ciphertext, sink);
        content_.emplace(file_.fd(), 0, file_.bytes(), name);
    }

    std::size_t read(io::ByteSpan into) override { return content_->read(into); }

private:
    io::TempFile file_;
    std::optional<io::RangeSource> content_;
};

// The content of packets in a file of its own.
class UnpackedFile final : public io::Source {
public:
    UnpackedFile(std::unique_ptr<DecryptedFile> packets, std::unique_ptr<PacketSource> content)
        : packets_{std::move(packets)}, content_{std::move(content)}
    {
    }
    std::size_t read(io::ByteSpan into) override { return content_->read(into); }

private:
    std::unique_ptr<DecryptedFile> packets_;
    std::unique_ptr<PacketSource> content_;
};

// Null when only gpg can read these packets. gpg has found them whole, so it has the last word
// about those that we find damaged, too: with `armor` in gpg.conf, for one, it unwraps to text.
std::unique_ptr<io::Source> unpack(std::unique_ptr<DecryptedFile> packets, Engine engine)
{
    try {
        if (auto content = PacketSource::open(*packets, engine)) {
            return std::make_unique<UnpackedFile>(std::move(packets), std::move(content));
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
    }
    return nullptr;
}

}  // namespace

std::unique_ptr<io::Source> open_encrypted(int fd, const std::string& name,
                                           const OpenPgpSettings& settings,
                                           const std::string& temp_directory, DecryptReport& report,
                                           Engine engine)
{
    try {
        // With a sign key, messages are signed, and only gpg checks signatures: no need to find
        // that out by decrypting twice.
        if (settings.sign_key.empty()) {
            auto packets = std::make_unique<DecryptedFile>(temp_directory);
            packets->fill(fd, name, DecryptTo::packets, settings, report);
            if (auto content = unpack(std::move(packets), engine)) {
                return content;
            }
        }
        auto content = std::make_unique<DecryptedFile>(temp_directory);
        content->fill(fd, name, DecryptTo::content, settings, report);
        return content;
    } catch (const Error& error) {
        throw Error{error.kind(), name + ": " + error.what(), name, error.hint()}.with_detail(
            error.detail(), error.facts());
    }
}

std::unique_ptr<io::Source> open_with_session_key(int fd, const std::string& name,
                                                  const io::Secret& session_key,
                                                  const OpenPgpSettings& settings,
                                                  const std::string& temp_directory, Engine engine)
{
    bool is_whole = false;
    auto packets = std::make_unique<DecryptedFile>(temp_directory);
    packets->fill_by(fd, name, [&](io::Source& ciphertext, io::Sink& sink) {
        GpgProcess gpg{decrypting_command_with(settings, session_key)};
        gpg.run(ciphertext, sink);
        const auto& said = gpg.said();
        is_whole = gpg.has_succeeded() && said.decryption_okay && said.decryption_ended &&
                   said.is_authentic;
    });
    return is_whole ? unpack(std::move(packets), engine) : nullptr;
}

namespace {

using OwnersByKey = std::map<std::string, std::string>;  // primary fingerprint -> name

OwnersByKey owners_of(const MessageRecipients& recipients, const OpenPgpSettings& settings)
{
    OwnersByKey owners;
    for (const auto& id : recipients.keys) {
        auto [primary, name] = owner_of(settings, id);
        owners.emplace(std::move(primary), std::move(name));
    }
    return owners;
}

// What is in `left` and not in `right`, in words.
std::string only_in(const OwnersByKey& left, const OwnersByKey& right)
{
    std::string text;
    for (const auto& [primary, name] : left) {
        if (!right.contains(primary)) {
            text += (text.empty() ? "" : " and ") + name;
        }
    }
    return text;
}

}  // namespace

std::string difference_of(const MessageRecipients& now, const MessageRecipients& before,
                          const OpenPgpSettings& settings)
{
    const auto sorted = [](auto keys) {
        std::sort(keys.begin(), keys.end());
        return keys;
    };
    if (now.has_passphrase == before.has_passphrase && sorted(now.keys) == sorted(before.keys)) {
        return {};
    }
    // Hidden ones all look alike, so that only a difference in number shows.
    const auto readers = [&](const MessageRecipients& message) {
        auto visible = message;
        std::erase_if(visible.keys, [](const auto& id) { return id == hidden_key_id; });
        auto owners = owners_of(visible, settings);
        if (const auto count = message.hidden()) {
            const auto name = std::to_string(count) + " hidden";
            owners.emplace(name, name + (count == 1 ? " recipient" : " recipients"));
        }
        if (message.has_passphrase) {
            owners.emplace("passphrase", "a passphrase");
        }
        return owners;
    };
    const auto ours = readers(now);
    const auto theirs = readers(before);
    const auto added = only_in(ours, theirs);
    const auto missing = only_in(theirs, ours);
    if (added.empty() && missing.empty()) {
        return {};
    }
    return (added.empty()     ? "no longer encrypted to " + missing
            : missing.empty() ? "also encrypted to " + added
                              : "encrypted to " + added + " instead of " + missing);
}

void end_agents(const std::string& home) noexcept
{
    posix_spawn_file_actions_t actions;
    if (::posix_spawn_file_actions_init(&actions) != 0) {
        return;
    }
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    }
    // gpgme's pipes are not all close-on-exec; a stray write end would keep a reader waiting.
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);

    // posix_spawn() takes char* const[] but changes nothing.
    const std::array<const char*, 6> arguments{"gpgconf", "--homedir", home.c_str(),
                                               "--kill",  "all",       nullptr};
    pid_t child = 0;
    if (::posix_spawnp(&child, "gpgconf", &actions, nullptr,
                       const_cast<char* const*>(arguments.data()), environ) == 0) {
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
    }
    ::posix_spawn_file_actions_destroy(&actions);
}

}  // namespace duplid::codec
