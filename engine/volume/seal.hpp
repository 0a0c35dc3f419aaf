// What a stored file is wrapped in, and the part of the wrapping that is done chunk by chunk.
#pragma once

#include "engine/codec/deflate.hpp"
#include "engine/volume/chunk.hpp"

#include <cstdint>

namespace duplid::volume {

/// Forms in which duplid writes files (archive-format.md 1.1, 8, 9).
enum class Form {
    plain,        ///< bare bytes
    gzip,         ///< one gzip member
    gpg,          ///< OpenPGP; compressed by us, so that gpg only encrypts (codec/encryptor.hpp)
    gpg_content,  ///< OpenPGP; gpg compresses, signs and encrypts
};

/// Fills `chunk.deflated` where the form deflates. `first`: the chunk opens its file, which
/// matters for Form::gpg only, and then `one_pass` is what stands before the literal packet.
/// Called on any thread; deterministic.
void seal(Chunk& chunk, Form form, codec::Level level, bool first, io::ByteView one_pass = {});

/// Bytes the chunk adds to its file, before encryption.
[[nodiscard]] std::uint64_t sealed_bytes(const Chunk& chunk, Form form) noexcept;

/// Bytes of a volume that are kept free of chunks, so that headers, trailers and the packets of
/// OpenPGP never make it larger than `volume_bytes`. The same for gzip and OpenPGP, so that both
/// have the same borders. `keys`: recipients, and one more for a signature.
[[nodiscard]] std::uint64_t overhead_bytes(std::uint64_t volume_bytes, std::size_t keys) noexcept;

}  // namespace duplid::volume
