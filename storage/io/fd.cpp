#include "storage/io/fd.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace duplid::io {

Fd& Fd::operator=(Fd&& other) noexcept
{
    if (this != &other) {
        reset();
        number_ = std::exchange(other.number_, -1);
    }
    return *this;
}

void Fd::reset() noexcept
{
    if (number_ >= 0) {
        // Linux frees the number even when close() fails, so there is nothing to retry.
        ::close(std::exchange(number_, -1));
    }
}

Fd open_file(const std::string& path, int flags, unsigned mode)
{
    for (;;) {
        const int number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
        if (number >= 0) {
            return Fd{number};
        }
        if (errno != EINTR) {
            throw system_error(errno, "opening", path);
        }
    }
}

void write_full(int fd, ByteView bytes, const std::string& name)
{
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw system_error(errno, "writing", name);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

std::size_t read_full(int fd, ByteSpan into, const std::string& name)
{
    std::size_t done = 0;
    while (done < into.size()) {
        const auto got = ::read(fd, into.data() + done, into.size() - done);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw system_error(errno, "reading", name);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

std::size_t pread_full(int fd, ByteSpan into, std::uint64_t offset, const std::string& name)
{
    std::size_t done = 0;
    while (done < into.size()) {
        const auto got =
            ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw system_error(errno, "reading", name);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void sync_file(int fd, const std::string& name)
{
    if (::fsync(fd) != 0) {
        throw system_error(errno, "flushing", name);
    }
}

void sync_directory(const std::string& path)
{
    const Fd directory = open_file(path, O_RDONLY | O_DIRECTORY);
    // Some network file systems cannot sync a directory and say EINVAL; a rename is all they offer.
    if (::fsync(directory.get()) != 0 && errno != EINVAL && errno != EROFS) {
        throw system_error(errno, "flushing", path);
    }
}

}  // namespace duplid::io
