#include "engine/operation/object/sparse_sink.hpp"

#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace duplid::operation {

namespace {

/// From here on a call of write(2) costs less than the copy it would save.
constexpr std::size_t direct_bytes_min = std::size_t{16} << 10U;

bool is_zero(io::ByteView bytes) noexcept
{
    return bytes.front() == std::byte{0} &&
           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace

SparseSink::SparseSink(int fd, bool sparse, io::Bytes& block, const std::string& name)
    : fd_{fd}, sparse_{sparse}, block_{block}, name_{name}
{
    block_.clear();
    block_.reserve(block_bytes);
}

void SparseSink::write(io::ByteView bytes)
{
    if (!sparse_ && bytes.size() >= direct_bytes_min) {
        put_block();
        put(bytes);
        return;
    }
    while (!bytes.empty()) {
        const auto part = std::min(bytes.size(), block_bytes - block_.size());
        io::append(block_, bytes.first(part));
        bytes = bytes.subspan(part);
        if (block_.size() == block_bytes) {
            put_block();
        }
    }
}

void SparseSink::finish()
{
    put_block();
    // What ends in a hole is too short so far.
    if (sparse_ && ::ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) {
        throw system_error(errno, "writing", name_);
    }
}

void SparseSink::put(io::ByteView bytes)
{
    if (sparse_) {
        put_with_holes(bytes);
    } else {
        io::write_full(fd_, bytes, name_);
    }
    bytes_ += bytes.size();
}

void SparseSink::put_block()
{
    put(block_);
    block_.clear();
}

/// Blocks begin at multiples of their size, so units of a block are units of the file.
void SparseSink::put_with_holes(io::ByteView bytes)
{
    const auto unit_at = [bytes](std::size_t at) {
        return bytes.subspan(at, std::min(hole_bytes, bytes.size() - at));
    };
    const auto is_hole = [](io::ByteView unit) {
        return unit.size() == hole_bytes && is_zero(unit);
    };
    for (std::size_t at = 0; at < bytes.size();) {
        const auto begin = at;
        const bool hole = is_hole(unit_at(at));
        while (at < bytes.size() && is_hole(unit_at(at)) == hole) {
            at += unit_at(at).size();
        }
        if (!hole) {
            io::write_full(fd_, bytes.subspan(begin, at - begin), name_);
        } else if (::lseek(fd_, static_cast<off_t>(at - begin), SEEK_CUR) < 0) {
            throw system_error(errno, "writing", name_);
        }
    }
}

}  // namespace duplid::operation
