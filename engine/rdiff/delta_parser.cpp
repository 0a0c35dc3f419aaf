#include "engine/rdiff/delta_parser.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace duplid::rdiff {

namespace {

// archive-format.md 6.
constexpr std::uint64_t delta_magic = 0x72730236U;
constexpr unsigned op_end = 0x00;
constexpr unsigned op_inline_literal_last = 0x40;  // 01 to 40: so many bytes
constexpr unsigned op_literal = 0x41;              // 41 to 44: length in 1, 2, 4, 8 bytes
constexpr unsigned op_copy = 0x45;                 // 45 to 54: offset and length, likewise
constexpr unsigned op_copy_last = 0x54;

}  // namespace

void DeltaParser::fail(const std::string& what) const
{
    throw Error{Error::Kind::corrupt, fmt::format("delta, at byte {}: {}", taken_, what)};
}

void DeltaParser::await(Part part, std::uint64_t bytes) noexcept
{
    part_ = part;
    bytes_left_ = bytes;
}

void DeltaParser::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        if (part_ == Part::nothing) {
            fail("goes on behind its end");
        }
        if (part_ != Part::literal) {
            number_ = number_ << 8U | std::to_integer<std::uint64_t>(bytes.front());
            bytes = bytes.subspan(1);
            ++taken_;
            if (--bytes_left_ == 0) {
                take_number();
            }
            continue;
        }
        const auto piece = bytes.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), bytes_left_)));
        bytes = bytes.subspan(piece.size());
        taken_ += piece.size();
        bytes_left_ -= piece.size();
        if (bytes_left_ == 0) {
            await(Part::command, 1);
        }
        listener_.literal(piece);
    }
}

void DeltaParser::take_number()
{
    const auto number = std::exchange(number_, 0);
    switch (part_) {
    case Part::magic:
        if (number != delta_magic) {
            fail("this is no delta");
        }
        await(Part::command, 1);
        return;
    case Part::command:
        take_command(static_cast<unsigned>(number));
        return;
    case Part::literal_length:
        if (number == 0) {
            fail("empty literal");
        }
        await(Part::literal, number);
        return;
    case Part::copy_offset:
        copy_offset_ = number;
        await(Part::copy_length, copy_length_bytes_);
        return;
    case Part::copy_length:
        if (number == 0) {
            fail("empty copy");
        }
        await(Part::command, 1);
        listener_.copy(copy_offset_, number);
        return;
    case Part::literal:
    case Part::nothing:
        return;  // no numbers
    }
}

void DeltaParser::take_command(unsigned command)
{
    if (command == op_end) {
        await(Part::nothing, 0);
    } else if (command <= op_inline_literal_last) {
        await(Part::literal, command);
    } else if (command < op_copy) {
        await(Part::literal_length, std::uint64_t{1} << (command - op_literal));
    } else if (command <= op_copy_last) {
        const auto widths = command - op_copy;
        copy_length_bytes_ = std::uint64_t{1} << (widths % 4);
        await(Part::copy_offset, std::uint64_t{1} << (widths / 4));
    } else {
        fail(fmt::format("unknown command {:#04x}", command));
    }
}

void DeltaParser::finish()
{
    if (part_ == Part::literal) {
        fail("cut short within a literal");
    }
    if (part_ != Part::nothing) {
        fail("cut short");
    }
}

}  // namespace duplid::rdiff
