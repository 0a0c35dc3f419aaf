// The layout of a ustar header block: where each field is, and the sum over them.
#pragma once

#include "engine/tar/header.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace duplid::tar {

/// One header block, fixed in size so that a wrong length does not compile.
using ConstBlock = std::span<const std::byte, block_bytes>;

/// A field's place in the block (POSIX.1-2001 pax, "ustar Interchange Format").
struct Field {
    std::size_t offset;
    std::size_t bytes;
};

inline constexpr Field name_field{0, 100};
inline constexpr Field mode_field{100, 8};
inline constexpr Field uid_field{108, 8};
inline constexpr Field gid_field{116, 8};
inline constexpr Field size_field{124, 12};
inline constexpr Field mtime_field{136, 12};
inline constexpr Field checksum_field{148, 8};
inline constexpr Field type_field{156, 1};
inline constexpr Field link_field{157, 100};
inline constexpr Field magic_field{257, 8};  // magic and version
inline constexpr Field uname_field{265, 32};
inline constexpr Field gname_field{297, 32};
inline constexpr Field dev_major_field{329, 8};
inline constexpr Field dev_minor_field{337, 8};
inline constexpr Field prefix_field{345, 155};

/// The sum of all bytes of a block as they are.
[[nodiscard]] std::uint32_t sum_of(ConstBlock block) noexcept;

/// What the checksum field should hold: the sum with that field taken as eight spaces.
[[nodiscard]] std::uint32_t checksum_of(ConstBlock block) noexcept;

/// As checksum_of with bytes taken as signed, which some old tars did.
[[nodiscard]] std::int32_t signed_checksum_of(ConstBlock block) noexcept;

}  // namespace duplid::tar
