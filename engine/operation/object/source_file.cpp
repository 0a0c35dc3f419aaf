#include "engine/operation/object/source_file.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t stat_block_bytes = 512;
constexpr mode_t permission_bits = 07777;

void put_facts(const struct stat& now, select::Metadata& facts)
{
    facts.mode = static_cast<std::uint16_t>(now.st_mode & permission_bits);
    facts.uid = now.st_uid;
    facts.gid = now.st_gid;
    facts.size = static_cast<std::uint64_t>(now.st_size);
    facts.allocated_bytes = static_cast<std::uint64_t>(now.st_blocks) * stat_block_bytes;
    facts.mtime = now.st_mtim.tv_sec;
    facts.mtime_ns = static_cast<std::uint32_t>(now.st_mtim.tv_nsec);
    facts.ctime = now.st_ctim.tv_sec;
    facts.ctime_ns = static_cast<std::uint32_t>(now.st_ctim.tv_nsec);
    facts.inode = now.st_ino;
    facts.device = now.st_dev;
    facts.nlink = now.st_nlink;
}

}  // namespace

SourceFile::SourceFile(io::Fd fd, select::Metadata& facts, std::string name)
    : fd_{std::move(fd)}, name_{std::move(name)}
{
    struct stat now {};
    if (::fstat(fd_.get(), &now) != 0) {
        throw system_error(errno, "looking at", name_);
    }
    put_facts(now, facts);
    facts_ = facts;
    data_end_ = facts.allocated_bytes < facts.size ? 0 : no_end;
}

std::uint64_t SourceFile::present_bytes() const
{
    struct stat now {};
    if (::fstat(fd_.get(), &now) != 0) {
        throw system_error(errno, "looking at", name_);
    }
    return static_cast<std::uint64_t>(now.st_size);
}

std::size_t SourceFile::hole_bytes(std::size_t wanted)
{
    if (offset_ < data_end_ || offset_ >= facts_.size) {
        return 0;
    }
    const auto data = ::lseek(fd_.get(), static_cast<off_t>(offset_), SEEK_DATA);
    if (data < 0 && errno != ENXIO) {
        data_end_ = no_end;  // a file system that does not tell
        return 0;
    }
    // ENXIO: none up to the end, which may lie before offset_ by now: a file that shrinks must not
    // go on as zeros up to the size that it had.
    const auto end = data < 0 ? present_bytes() : static_cast<std::uint64_t>(data);
    const auto hole_end = std::min(end, facts_.size);
    if (hole_end > offset_) {
        return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, hole_end - offset_));
    }
    const auto hole = ::lseek(fd_.get(), static_cast<off_t>(offset_), SEEK_HOLE);
    data_end_ = hole < 0 ? no_end : static_cast<std::uint64_t>(hole);
    return 0;
}

std::size_t SourceFile::read(io::ByteSpan into)
{
    if (const auto hole = hole_bytes(into.size()); hole > 0) {
        std::ranges::fill(into.first(hole), std::byte{0});
        offset_ += hole;
        return hole;
    }
    if (data_end_ > offset_) {
        // Up to the next hole, so that it is not read after all.
        into = into.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), data_end_ - offset_)));
    }
    for (;;) {
        const auto got = ::pread(fd_.get(), into.data(), into.size(), static_cast<off_t>(offset_));
        if (got >= 0) {
            offset_ += static_cast<std::uint64_t>(got);
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            throw system_error(errno, "reading", name_);
        }
    }
}

std::size_t SourceFile::read_all(io::ByteSpan into, const OnRead& on_read)
{
    offset_ = 0;
    std::size_t bytes = 0;
    while (bytes < into.size()) {
        const auto got = read(into.subspan(bytes));
        on_read(got);
        if (got == 0) {
            break;
        }
        bytes += got;
    }
    return bytes;
}

bool SourceFile::is_unchanged(std::uint64_t bytes) const
{
    struct stat now {};
    return ::fstat(fd_.get(), &now) == 0 && bytes == facts_.size &&
           static_cast<std::uint64_t>(now.st_size) == facts_.size &&
           now.st_mtim.tv_sec == facts_.mtime &&
           static_cast<std::uint32_t>(now.st_mtim.tv_nsec) == facts_.mtime_ns;
}

}  // namespace duplid::operation
