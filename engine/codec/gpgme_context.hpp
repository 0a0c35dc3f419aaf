// gpgme's handles, each owned by one small class. Used inside this folder only.
//
// gpgme calls back into us from C frames, so no callback may throw: it keeps the exception and
// returns failure; whoever made the call brings the exception back (rethrow_if_failed).
#pragma once

#include "engine/codec/gpg_errors.hpp"
#include "engine/codec/gpg_status.hpp"
#include "engine/codec/gpgme_loop.hpp"
#include "engine/codec/openpgp_settings.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"
#include "storage/io/temp_file.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>

struct gpgme_context;
struct gpgme_data;
struct _gpgme_key;  // NOLINT(bugprone-reserved-identifier): its own name

namespace duplid::codec {

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

    /// Tells the passphrase callback that keys are asked for to sign, not to decrypt.
    void set_signing() noexcept { is_signing_ = true; }

    /// What gpg has said on its status channel so far. gpgme neither looks at gpg's exit code nor
    /// misses these: for it, a gpg that was killed half-way has ended well.
    [[nodiscard]] const GpgSaid& said() const noexcept { return status_.said(); }

    /// How an operation failed that ended with `code`. Valid as long as this object.
    [[nodiscard]] GpgEnd end(unsigned code);

    void rethrow_if_failed();

private:
    struct Release {
        void operator()(gpgme_context* context) const noexcept;
    };

    /// What stood between gpg and a secret, if anything.
    enum class SecretTrouble { none, missing, wrong };

    void choose_engine();
    [[nodiscard]] std::string wrapped_program(const std::string& program);
    void choose_passphrase_source();
    static unsigned on_status(void* self, const char* keyword, const char* arguments) noexcept;
    static unsigned on_passphrase(void* self, const char* user_id_hint, const char* about,
                                  int last_was_bad, int fd) noexcept;
    [[nodiscard]] unsigned give_passphrase(const char* about, bool last_was_bad, int fd);

    const OpenPgpSettings& settings_;
    std::optional<io::TempDirectory> wrapper_;  // of wrapped_program()
    std::unique_ptr<GpgmeLoop> loop_;           // first: the context uses it to its end
    std::unique_ptr<gpgme_context, Release> context_;
    bool is_signing_ = false;
    SecretTrouble secret_trouble_ = SecretTrouble::none;
    StatusReader status_;
    GpgSaid said_at_end_;
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

}  // namespace duplid::codec
