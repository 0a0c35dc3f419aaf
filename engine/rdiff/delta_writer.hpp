// Writes the commands of a delta (archive-format.md 6).
#pragma once

#include "storage/io/sink.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace duplid::rdiff {

/// Literals are cut at this length, as librsync cuts them; longer ones would save a command in
/// 32 KiB and need their whole length to be in memory before the first byte can be written.
inline constexpr std::size_t literal_bytes_max = 32768;

/// Copies that follow each other in the basis become one command.
class DeltaWriter {
public:
    /// Writes the magic. `out` must outlive this object and is not finished by it.
    explicit DeltaWriter(io::Sink& out);

    /// Nothing for no bytes. At most literal_bytes_max.
    void literal(io::ByteView bytes);
    void copy(std::uint64_t start, std::uint64_t bytes);
    /// The end command. Called once, last.
    void finish();

private:
    void flush_copy();
    void put_number(std::uint64_t value, unsigned bytes) noexcept;
    void send();

    io::Sink& out_;
    std::uint64_t copy_start_ = 0;
    std::uint64_t copy_bytes_ = 0;
    std::array<std::byte, 24> command_{};
    std::size_t command_bytes_ = 0;
};

}  // namespace duplid::rdiff
