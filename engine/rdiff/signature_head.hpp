// What a signature says of itself before the sums of the blocks.
//
// Format facts: archive-format.md 5.2 and 5.4 (magic, length of blocks, length of strong sums).
#pragma once

#include "storage/io/bytes.hpp"

#include <cstddef>
#include <cstdint>

namespace duplid::rdiff {

inline constexpr std::size_t signature_head_bytes = 12;

struct SignatureHead {
    std::uint32_t magic = 0;
    std::uint32_t block_bytes = 0;  ///< never 0
    std::uint32_t sum_length = 0;   ///< of a strong sum

    /// Of the kind that duplicity writes, whose sums block_sums.hpp makes.
    [[nodiscard]] bool is_usual() const noexcept;
};

/// Looks at everything that a signature can get wrong, its length too.
/// Throws: Error corrupt when it is no whole one of the four kinds of archive-format.md 5.4.
[[nodiscard]] SignatureHead head_of(io::ByteView signature);

}  // namespace duplid::rdiff
