// A short name for a regular file's content, made from its signature.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstdint>

namespace duplid::operation {

/// Digest of a signature as it passes, never 0. Two files with equal signatures have, block by
/// block, equal sums (archive-format.md 5.2), so for telling "same" from "changed" without the
/// content 64 bits of FNV-1a do: they guard against chance, as the sums do; nothing is ever stored
/// or left out because of them.
class SignatureDigest {
public:
    void add(io::ByteView bytes) noexcept
    {
        for (const auto byte : bytes) {
            state_ = (state_ ^ static_cast<std::uint64_t>(byte)) * prime;
        }
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return state_ == 0 ? 1 : state_; }

private:
    static constexpr std::uint64_t prime = 0x100000001b3;

    std::uint64_t state_ = 0xcbf29ce484222325;
};

}  // namespace duplid::operation
