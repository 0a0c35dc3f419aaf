#include "engine/rdiff/delta_writer.hpp"

#include <bit>

namespace duplid::rdiff {

namespace {

// archive-format.md 6.
constexpr std::uint32_t magic = 0x72730236U;
constexpr std::uint64_t inline_literal_max = 0x40;
constexpr unsigned first_literal = 0x41;
constexpr unsigned first_copy = 0x45;
constexpr unsigned end_command = 0x00;

/// Numbers take 1, 2, 4 or 8 bytes: the power of two that is enough.
unsigned size_class(std::uint64_t value) noexcept
{
    return value <= 0xff ? 0 : value <= 0xffff ? 1 : value <= 0xffff'ffff ? 2 : 3;
}

}  // namespace

DeltaWriter::DeltaWriter(io::Sink& out) : out_{out}
{
    put_number(magic, 4);
    send();
}

void DeltaWriter::put_number(std::uint64_t value, unsigned bytes) noexcept
{
    for (unsigned left = bytes; left > 0; --left) {
        command_[command_bytes_++] = static_cast<std::byte>(value >> (left - 1) * 8U & 0xffU);
    }
}

void DeltaWriter::send()
{
    out_.write(io::ByteView{command_}.first(command_bytes_));
    command_bytes_ = 0;
}

void DeltaWriter::literal(io::ByteView bytes)
{
    if (bytes.empty()) {
        return;
    }
    flush_copy();
    if (bytes.size() <= inline_literal_max) {
        put_number(bytes.size(), 1);
    } else {
        const auto length = size_class(bytes.size());
        put_number(first_literal + length, 1);
        put_number(bytes.size(), 1U << length);
    }
    send();
    out_.write(bytes);
}

void DeltaWriter::copy(std::uint64_t start, std::uint64_t bytes)
{
    if (copy_bytes_ > 0 && copy_start_ + copy_bytes_ == start) {
        copy_bytes_ += bytes;
        return;
    }
    flush_copy();
    copy_start_ = start;
    copy_bytes_ = bytes;
}

void DeltaWriter::flush_copy()
{
    if (copy_bytes_ == 0) {
        return;
    }
    const auto start = size_class(copy_start_);
    const auto length = size_class(copy_bytes_);
    put_number(first_copy + 4 * start + length, 1);
    put_number(copy_start_, 1U << start);
    put_number(copy_bytes_, 1U << length);
    send();
    copy_bytes_ = 0;
}

void DeltaWriter::finish()
{
    flush_copy();
    put_number(end_command, 1);
    send();
}

}  // namespace duplid::rdiff
