#include "storage/io/spill_buffer.hpp"

#include "storage/io/error.hpp"

#include <utility>

namespace duplid::io {

namespace {

/// Once there is a file, this much is gathered for each write.
constexpr std::size_t piece_bytes = std::size_t{256} << 10U;

}  // namespace

SpillBuffer::SpillBuffer(std::string directory, std::size_t memory_bytes_max)
    : directory_{std::move(directory)}, memory_bytes_max_{memory_bytes_max}
{
}

void SpillBuffer::write(ByteView bytes)
{
    append(memory_, bytes);
    if (memory_.size() > (file_ ? piece_bytes : memory_bytes_max_)) {
        flush();
    }
}

void SpillBuffer::flush()
{
    const bool is_first = !file_;
    if (is_first) {
        file_ = TempFile::unnamed(directory_);
    }
    write_full(file_->fd(), memory_, directory_);
    file_bytes_ += memory_.size();
    memory_.clear();
    if (is_first) {
        memory_ = Bytes{};  // from here on a piece is enough
    }
}

ByteView SpillBuffer::view()
{
    if (!file_) {
        return memory_;
    }
    flush();
    if (mapping_.bytes().size() != file_bytes_) {
        mapping_ = Mapping::of_file(file_->fd(), static_cast<std::size_t>(file_bytes_), directory_);
    }
    return mapping_.bytes();
}

void SpillBuffer::copy_to(Sink& sink)
{
    if (!file_) {
        sink.write(memory_);
        return;
    }
    flush();
    Bytes piece(piece_bytes);
    for (std::uint64_t at = 0; at < file_bytes_;) {
        const auto got = pread_full(file_->fd(), piece, at, directory_);
        if (got == 0) {
            throw Error{Error::Kind::corrupt, "a temporary file became shorter", directory_};
        }
        sink.write(ByteView{piece}.first(got));
        at += got;
    }
}

void SpillBuffer::clear() noexcept
{
    memory_.clear();
    mapping_.reset();
    file_.reset();
    file_bytes_ = 0;
}

}  // namespace duplid::io
