#include "storage/io/file.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::io {

FileSource::FileSource(const std::string& path) : fd_{open_file(path, O_RDONLY)}, name_{path} {}

std::size_t FileSource::read(ByteSpan into)
{
    for (;;) {
        const auto got = ::read(fd_.get(), into.data(), into.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            throw system_error(errno, "reading", name_);
        }
    }
}

std::size_t RangeSource::read(ByteSpan into)
{
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left_));
    if (want == 0) {
        return 0;
    }
    const auto got = pread_full(fd_, into.first(want), at_, name_);
    at_ += got;
    left_ = got < want ? 0 : left_ - got;
    return got;
}

std::size_t ViewSource::read(ByteSpan into)
{
    const auto bytes = std::min(into.size(), left_.size());
    std::copy_n(left_.begin(), bytes, into.begin());
    left_ = left_.subspan(bytes);
    return bytes;
}

std::size_t read_full(Source& source, ByteSpan into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        const auto got = source.read(into.subspan(done));
        if (got == 0) {
            break;
        }
        done += got;
    }
    return done;
}

namespace {

constexpr std::size_t step_bytes = 64 * 1024;

}  // namespace

Bytes read_all(Source& source, std::size_t bytes_max)
{
    Bytes all;
    std::size_t filled = 0;
    for (;;) {
        // A source may give very little at a time: what is there already must not be cleared again.
        if (filled == all.size()) {
            all.resize(filled + step_bytes);
        }
        const auto got = source.read(ByteSpan{all}.subspan(filled));
        if (got == 0) {
            all.resize(filled);
            return all;
        }
        filled += got;
        if (filled > bytes_max) {
            throw Error{Error::Kind::invalid, fmt::format("larger than {} bytes", bytes_max)};
        }
    }
}

std::uint64_t copy(Source& source, Sink& sink)
{
    Bytes buffer(step_bytes);
    std::uint64_t moved = 0;
    for (;;) {
        const auto got = source.read(buffer);
        if (got == 0) {
            return moved;
        }
        sink.write(ByteView{buffer}.first(got));
        moved += got;
    }
}

Bytes read_file(const std::string& path, std::size_t bytes_max)
{
    FileSource source{path};
    try {
        return read_all(source, bytes_max);
    } catch (const Error& error) {
        throw error.with_context(path);
    }
}

std::optional<Bytes> read_file_if_there(const std::string& path, std::size_t bytes_max)
{
    try {
        return read_file(path, bytes_max);
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::not_found) {
            return std::nullopt;
        }
        throw;
    }
}

void replace_file(const std::string& path, ByteView bytes, unsigned mode)
{
    auto temporary = TempFile::beside(path, mode);
    write_full(temporary.fd(), bytes, path);
    temporary.publish(path);
}

}  // namespace duplid::io
