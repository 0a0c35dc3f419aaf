// Secrets as files and programs give them: bytes, and maybe a line end that is no part of them.
#pragma once

#include "proto/secret_text.hpp"
#include "storage/io/sink.hpp"

#include <cstddef>
#include <string>

namespace duplid::jobs {

/// Longer ones are files that were named by mistake.
inline constexpr std::size_t secret_bytes_max = 4096;

/// For what a program prints. Wiped when it goes, whatever it was given.
class WipedSink final : public io::Sink {
public:
    /// Throws: Error wrong_secret when it gets too long.
    void write(io::ByteView bytes) override;
    [[nodiscard]] proto::WipedBuffer take() noexcept { return std::move(buffer_); }

private:
    proto::WipedBuffer buffer_;
};

/// Throws: Error wrong_secret, naming `object`, when nothing is left.
[[nodiscard]] proto::SecretText without_line_end(proto::WipedBuffer buffer,
                                                 const std::string& object);

}  // namespace duplid::jobs
