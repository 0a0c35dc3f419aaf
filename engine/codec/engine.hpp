// Which library compresses and decompresses.
#pragma once

namespace duplid::codec {

/// ISA-L is several times faster; zlib is everywhere, compresses better at its higher levels, and
/// is the oracle of the tests. Either reads what the other wrote.
enum class Engine { isal, zlib };

/// Whether this build has `engine`; zlib always.
[[nodiscard]] bool has_engine(Engine engine) noexcept;

/// The fastest engine of this build.
[[nodiscard]] Engine fastest_engine() noexcept;

}  // namespace duplid::codec
