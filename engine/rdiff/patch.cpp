#include "engine/rdiff/patch.hpp"

#include "engine/rdiff/delta_parser.hpp"
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

/// Does to a basis what a delta says.
class Patch final : public DeltaListener {
public:
    Patch(int fd, const std::string& name, io::Sink& out) : fd_{fd}, name_{name}, out_{out}
    {
        struct stat status {};
        if (::fstat(fd, &status) != 0) {
            throw system_error(errno, "looking at", name);
        }
        bytes_ = static_cast<std::uint64_t>(status.st_size);
    }

    void literal(io::ByteView bytes) override { out_.write(bytes); }

    void copy(std::uint64_t offset, std::uint64_t bytes) override
    {
        if (offset > bytes_ || bytes > bytes_ - offset) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("delta copies {} bytes from {} of a file of {} bytes", bytes,
                                    offset, bytes_),
                        name_};
        }
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
            out_.write(piece);
            offset += piece.size();
            bytes -= piece.size();
        }
    }

private:
    int fd_;
    const std::string& name_;
    io::Sink& out_;
    std::uint64_t bytes_ = 0;
    std::unique_ptr<std::byte[]> buffer_;  ///< made for the first copy; many deltas have none
};

}  // namespace

void patch(int basis_fd, const std::string& basis_name, io::Source& delta, io::Sink& out)
{
    Patch commands{basis_fd, basis_name, out};
    DeltaParser parser{commands};
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(input_bytes);
    while (const auto got = delta.read({buffer.get(), input_bytes})) {
        parser.write({buffer.get(), got});
    }
    parser.finish();
}

}  // namespace duplid::rdiff
