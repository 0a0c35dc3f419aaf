// Writing OpenPGP files: what is the same for all files of one run (performance.md 3,
// "Encryption").
//
// gpg compresses at 40 MB/s and one message at a time. So we make the packets that belong inside
// the encryption (packet.hpp), and gpg only encrypts them. A signature has to cover the content,
// not those packets; it is therefore made by a second gpg as a detached one, and put into them:
//
//     compressed packet: one-pass signature packet | literal packet | signature packet
//
// What such a signature will look like is known beforehand from one over nothing. Where it is
// anything unusual, and where the user's options or gpg.conf say how gpg is to compress, gpg gets
// the bare content and does everything (packs() is false).
#pragma once

#include "engine/codec/message_head.hpp"
#include "engine/codec/openpgp_settings.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace duplid::codec {

class GpgProcess;

/// Makes one detached signature over content as it passes. One thread at a time.
class Signer {
public:
    ~Signer();
    void add(io::ByteView content);
    /// The signature packet. Called once, last. Throws: Error as Encryptor, and internal when it is
    /// not as announced.
    [[nodiscard]] io::Bytes finish();

private:
    friend class Encryptor;
    Signer(const OpenPgpSettings& settings, const std::string& key, io::ByteView one_pass);
    /// As finish(), whatever the signature looks like.
    [[nodiscard]] io::Bytes take_signature();

    const OpenPgpSettings& settings_;
    io::ByteView one_pass_;
    std::unique_ptr<GpgProcess> gpg_;
    io::MemorySink signature_;
};

/// Any thread may use it, several at once.
class Encryptor {
public:
    /// Uses each key once, so that a run with a key that has expired, or whose card is not there,
    /// ends before it has begun. `settings` must outlive this object.
    /// Throws: Error invalid (settings), not_found (no such key, gpg or home), denied (a key is not
    /// trusted, expired or revoked), wrong_secret (no or a wrong passphrase, no card), unreachable
    /// (gpg does not work), cancelled, internal (gpg failed otherwise).
    explicit Encryptor(const OpenPgpSettings& settings);
    Encryptor(const Encryptor&) = delete;
    Encryptor& operator=(const Encryptor&) = delete;
    ~Encryptor();

    /// Whether encrypt() is to be used, else encrypt_content().
    [[nodiscard]] bool packs() const noexcept { return packs_; }

    /// What stands before the literal packet; empty without a signature.
    [[nodiscard]] io::ByteView one_pass() const noexcept { return one_pass_; }

    /// Whom messages will be encrypted to, as far as they show it.
    [[nodiscard]] const MessageRecipients& recipients() const noexcept { return recipients_; }

    /// Sees to it that `count` gpg processes have been started and wait for something to encrypt:
    /// deriving the key from a passphrase takes each a quarter of a second, which so passes beside
    /// other work. Those never used end with this object. Where there is no key to derive it does
    /// nothing; nor with the agent, which would ask a person as many times at once.
    void start_early(unsigned count);

    /// Encrypts a stream of inner packets. `ciphertext` is not finished. Throws: as the
    /// constructor; whatever `inner_packets` and `ciphertext` throw, at once.
    void encrypt(io::Source& inner_packets, io::Sink& ciphertext);

    /// gpg compresses, signs if there is a sign key, and encrypts. `ciphertext` is not finished.
    /// Throws: as encrypt().
    void encrypt_content(io::Source& content, io::Sink& ciphertext);

    /// For content that the packets given to encrypt() hold. Only with a sign key, and packs().
    [[nodiscard]] std::unique_ptr<Signer> start_signer();

private:
    void try_options() const;
    void try_signature();
    void try_recipients();
    [[nodiscard]] std::unique_ptr<GpgProcess> start() const;
    [[nodiscard]] std::unique_ptr<GpgProcess> take_started();

    const OpenPgpSettings& settings_;
    bool packs_ = true;
    std::string sign_key_;
    io::Bytes one_pass_;
    MessageRecipients recipients_;
    std::mutex mutex_;
    std::deque<std::unique_ptr<GpgProcess>> started_;
};

}  // namespace duplid::codec
