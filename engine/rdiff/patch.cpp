#include "engine/rdiff/patch.hpp"

#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <sys/stat.h>

namespace duplid::rdiff {

namespace {

constexpr std::size_t input_bytes = std::size_t{64} << 10U;
constexpr std::size_t copy_bytes = std::size_t{128} << 10U;

// archive-format.md 6.
constexpr std::uint64_t delta_magic = 0x72730236U;
constexpr unsigned op_end = 0x00;
constexpr unsigned op_inline_literal_last = 0x40;  // 01 to 40: so many bytes
constexpr unsigned op_literal = 0x41;              // 41 to 44: length in 1, 2, 4, 8 bytes
constexpr unsigned op_copy = 0x45;                 // 45 to 54: offset and length, likewise
constexpr unsigned op_copy_last = 0x54;

/// The delta stream, buffered; knows where it is.
class Input {
public:
    explicit Input(io::Source& source)
        : source_{source}, buffer_{std::make_unique_for_overwrite<std::byte[]>(input_bytes)}
    {
    }

    [[noreturn]] void fail(const std::string& what) const
    {
        throw Error{Error::Kind::corrupt, fmt::format("delta, at byte {}: {}", offset(), what)};
    }

    /// A big-endian number of `bytes` bytes, at most 8.
    std::uint64_t number(std::size_t bytes)
    {
        std::uint64_t value = 0;
        for (; bytes > 0; --bytes) {
            if (left_.empty() && !fill()) {
                fail("cut short");
            }
            value = value << 8U | std::to_integer<std::uint64_t>(left_.front());
            left_ = left_.subspan(1);
        }
        return value;
    }

    /// The next 1 to `bytes_max` bytes, valid until the next call.
    io::ByteView some(std::uint64_t bytes_max)
    {
        if (left_.empty() && !fill()) {
            fail("cut short within a literal");
        }
        const auto taken =
            left_.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, left_.size())));
        left_ = left_.subspan(taken.size());
        return taken;
    }

    [[nodiscard]] bool at_end() { return left_.empty() && !fill(); }

private:
    bool fill()
    {
        const auto got = source_.read({buffer_.get(), input_bytes});
        left_ = {buffer_.get(), got};
        read_ += got;
        return got != 0;
    }

    [[nodiscard]] std::uint64_t offset() const noexcept { return read_ - left_.size(); }

    io::Source& source_;
    std::unique_ptr<std::byte[]> buffer_;
    io::ByteView left_;
    std::uint64_t read_ = 0;  ///< bytes that came from the source
};

/// The file that copies are taken from.
class Basis {
public:
    Basis(int fd, const std::string& name) : fd_{fd}, name_{name}
    {
        struct stat status {};
        if (::fstat(fd, &status) != 0) {
            throw system_error(errno, "looking at", name);
        }
        bytes_ = static_cast<std::uint64_t>(status.st_size);
    }

    [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t bytes) const noexcept
    {
        return offset <= bytes_ && bytes <= bytes_ - offset;
    }

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    void copy(std::uint64_t offset, std::uint64_t bytes, io::Sink& out)
    {
        if (!buffer_) {
            buffer_ = std::make_unique_for_overwrite<std::byte[]>(copy_bytes);
        }
        while (bytes > 0) {
            const io::ByteSpan piece{
                buffer_.get(),
                static_cast<std::size_t>(std::min<std::uint64_t>(bytes, copy_bytes))};
            if (io::pread_full(fd_, piece, offset, name_) != piece.size()) {
                throw Error{Error::Kind::corrupt, "the basis of a delta became shorter meanwhile",
                            name_};
            }
            out.write(piece);
            offset += piece.size();
            bytes -= piece.size();
        }
    }

private:
    int fd_;
    const std::string& name_;
    std::uint64_t bytes_ = 0;
    std::unique_ptr<std::byte[]> buffer_;  ///< made for the first copy; many deltas have none
};

void pass_literal(Input& input, std::uint64_t bytes, io::Sink& out)
{
    if (bytes == 0) {
        input.fail("empty literal");
    }
    while (bytes > 0) {
        const auto piece = input.some(bytes);
        out.write(piece);
        bytes -= piece.size();
    }
}

void pass_copy(Input& input, unsigned op, Basis& basis, io::Sink& out)
{
    const auto widths = op - op_copy;
    const auto offset = input.number(std::size_t{1} << (widths / 4));
    const auto bytes = input.number(std::size_t{1} << (widths % 4));
    if (bytes == 0) {
        input.fail("empty copy");
    }
    if (!basis.holds(offset, bytes)) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("delta copies {} bytes from {} of a file of {} bytes", bytes,
                                offset, basis.bytes()),
                    basis.name()};
    }
    basis.copy(offset, bytes, out);
}

}  // namespace

void patch(int basis_fd, const std::string& basis_name, io::Source& delta, io::Sink& out)
{
    Basis basis{basis_fd, basis_name};
    Input input{delta};
    if (input.number(4) != delta_magic) {
        input.fail("this is no delta");
    }
    for (;;) {
        const auto op = static_cast<unsigned>(input.number(1));
        if (op == op_end) {
            break;
        }
        if (op <= op_inline_literal_last) {
            pass_literal(input, op, out);
        } else if (op < op_copy) {
            pass_literal(input, input.number(std::size_t{1} << (op - op_literal)), out);
        } else if (op <= op_copy_last) {
            pass_copy(input, op, basis, out);
        } else {
            input.fail(fmt::format("unknown command {:#04x}", op));
        }
    }
    if (!input.at_end()) {
        input.fail("goes on behind its end");
    }
}

}  // namespace duplid::rdiff
