// gpgme's handles, each owned by one small class. Used inside this folder only.
//
// gpgme calls back into us from C frames, so no callback may throw: it keeps the exception and
// returns failure; whoever made the call brings the exception back (rethrow_if_failed).
#pragma once

#include "engine/codec/gpgme_loop.hpp"
#include "engine/codec/openpgp.hpp"
#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <exception>
#include <memory>
#include <string>

struct gpgme_context;
struct gpgme_data;
struct _gpgme_key;

namespace duplid::codec {

inline constexpr const char* hint_check_gpg =
    "check that GnuPG 2 is installed, and the setting gpg-binary";

struct KeyRelease {
    void operator()(_gpgme_key* key) const noexcept;
};
using Key = std::unique_ptr<_gpgme_key, KeyRelease>;

/// One operation of one gpg process. gpgme itself is initialised by the first of them.
class Context {
public:
    /// `settings` must outlive this object.
    /// Throws: Error invalid (settings), not_found (gpg or its home), unreachable.
    explicit Context(const OpenPgpSettings& settings);
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    [[nodiscard]] gpgme_context* get() const noexcept { return context_.get(); }

    /// Waits for the operation that was started with `start_code`; its code is returned.
    [[nodiscard]] unsigned finish(unsigned start_code) { return loop_->finish(start_code); }

    /// The secret key to sign with. Throws: Error not_found, invalid (more than one).
    [[nodiscard]] Key find_signing_key(const std::string& id) const;

    /// The primary fingerprint of the public key with this fingerprint; empty when unknown.
    [[nodiscard]] std::string primary_fingerprint_of(const std::string& fingerprint) const;

    /// Tells the passphrase callback that keys are asked for to sign, not to decrypt.
    void set_signing() noexcept { is_signing_ = true; }

    /// What stood between gpg and a secret, if anything: to be asked after a failure.
    enum class SecretTrouble { none, missing, wrong };
    [[nodiscard]] SecretTrouble secret_trouble() const noexcept { return secret_trouble_; }

    /// What gpg has said on its status channel so far. gpgme neither looks at gpg's exit code nor
    /// misses these: for it, a gpg that was killed half-way has ended well.
    struct Said {
        bool encryption_ended = false;
        bool decryption_okay = false;
        bool is_authentic = false;  ///< the check sum (MDC) or the mode (AEAD) proves it unchanged
        bool decryption_ended = false;
    };
    [[nodiscard]] const Said& said() const noexcept { return said_; }

    void rethrow_if_failed();

private:
    struct Release {
        void operator()(gpgme_context* context) const noexcept;
    };

    void choose_engine();
    void choose_passphrase_source();
    static unsigned on_status(void* self, const char* keyword, const char* arguments) noexcept;
    static unsigned on_passphrase(void* self, const char* user_id_hint, const char* about,
                                  int last_was_bad, int fd) noexcept;
    [[nodiscard]] unsigned give_passphrase(const char* about, bool last_was_bad, int fd);

    const OpenPgpSettings& settings_;
    std::unique_ptr<GpgmeLoop> loop_;  // first: the context uses it to its end
    std::unique_ptr<gpgme_context, Release> context_;
    bool is_signing_ = false;
    SecretTrouble secret_trouble_ = SecretTrouble::none;
    Said said_;
    std::exception_ptr error_;
};

/// A Source or a Sink as gpgme's "data object". The stream must outlive it.
class Data {
public:
    explicit Data(io::Source& source);
    explicit Data(io::Sink& sink);
    Data(const Data&) = delete;
    Data& operator=(const Data&) = delete;

    [[nodiscard]] gpgme_data* get() const noexcept { return data_.get(); }

    /// Brings back what the stream threw meanwhile.
    void rethrow_if_failed();

private:
    struct Release {
        void operator()(gpgme_data* data) const noexcept;
    };

    void create();
    static long on_read(void* self, void* into, std::size_t bytes) noexcept;
    static long on_write(void* self, const void* from, std::size_t bytes) noexcept;

    io::Source* source_ = nullptr;  // one of the two
    io::Sink* sink_ = nullptr;
    std::exception_ptr error_;
    std::unique_ptr<gpgme_data, Release> data_;
};

/// An Error from a gpgme error code; `doing` as in "encrypting".
[[nodiscard]] Error gpg_failure(Error::Kind kind, const std::string& doing, unsigned code,
                                std::string object = {}, std::string hint = {});

}  // namespace duplid::codec
