#include "engine/operation/object/sparse_sink.hpp"

#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace duplid::operation {

namespace {

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

void SparseSink::put_block()
{
    if (sparse_) {
        put_with_holes();
    } else {
        io::write_full(fd_, block_, name_);
    }
    bytes_ += block_.size();
    block_.clear();
}

/// Blocks begin at multiples of their size, so units of a block are units of the file.
void SparseSink::put_with_holes()
{
    const auto unit_at = [this](std::size_t at) {
        return io::ByteView{block_}.subspan(at, std::min(hole_bytes, block_.size() - at));
    };
    const auto is_hole = [](io::ByteView unit) {
        return unit.size() == hole_bytes && is_zero(unit);
    };
    for (std::size_t at = 0; at < block_.size();) {
        const auto begin = at;
        const bool hole = is_hole(unit_at(at));
        while (at < block_.size() && is_hole(unit_at(at)) == hole) {
            at += unit_at(at).size();
        }
        if (!hole) {
            io::write_full(fd_, io::ByteView{block_}.subspan(begin, at - begin), name_);
        } else if (::lseek(fd_, static_cast<off_t>(at - begin), SEEK_CUR) < 0) {
            throw system_error(errno, "writing", name_);
        }
    }
}

}  // namespace duplid::operation
