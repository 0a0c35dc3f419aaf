// Message digests of bytes as they pass.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"

#include <memory>
#include <string>

struct evp_md_ctx_st;

namespace duplid::io {

/// One digest over everything that is added. Uses OpenSSL, which picks the processor's own
/// SHA instructions. One thread at a time.
class Digest {
public:
    enum class Algorithm { md5, sha1, sha256 };

    explicit Digest(Algorithm algorithm);

    void add(ByteView bytes);
    /// The digest as lower-case hex; only restart() may be called afterwards.
    [[nodiscard]] std::string hex();
    /// Begins anew, cheaper than another object.
    void restart();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] std::string digest_hex(Digest::Algorithm algorithm, ByteView bytes);

/// Passes bytes on to `next` (which must outlive it) and keeps their digest and count.
class DigestSink final : public Sink {
public:
    DigestSink(Digest::Algorithm algorithm, Sink& next) : digest_{algorithm}, next_{next} {}
    void write(ByteView bytes) override
    {
        digest_.add(bytes);
        bytes_ += bytes.size();
        next_.write(bytes);
    }
    void finish() override { next_.finish(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::string hex() { return digest_.hex(); }

private:
    Digest digest_;
    Sink& next_;
    std::uint64_t bytes_ = 0;
};

}  // namespace duplid::io
