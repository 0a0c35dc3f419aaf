#include "storage/io/mapping.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <utility>

namespace duplid::io {

namespace {

ByteSpan map(std::size_t bytes, int protection, int flags, int fd, const std::string& name)
{
    if (bytes == 0) {
        return {};
    }
    void* const start = ::mmap(nullptr, bytes, protection, flags, fd, 0);
    if (start == MAP_FAILED) {
        throw system_error(errno, "mapping", name);
    }
    return {static_cast<std::byte*>(start), bytes};
}

}  // namespace

Mapping Mapping::of_file(int fd, std::size_t bytes, const std::string& name)
{
    return {map(bytes, PROT_READ, MAP_SHARED, fd, name), true};
}

Mapping Mapping::scratch(std::size_t bytes, const std::string& directory,
                         std::size_t memory_bytes_max)
{
    if (bytes <= memory_bytes_max) {
        return {map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, "memory"),
                false};
    }
    const auto file = TempFile::unnamed(directory);
    if (const int error = ::posix_fallocate(file.fd(), 0, static_cast<off_t>(bytes)); error != 0) {
        throw system_error(error, "making room for a temporary file in", directory);
    }
    return {map(bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), directory), true};
}

Mapping::Mapping(Mapping&& other) noexcept
    : bytes_{std::exchange(other.bytes_, {})}, of_file_{other.of_file_}
{
}

Mapping& Mapping::operator=(Mapping&& other) noexcept
{
    if (this != &other) {
        reset();
        bytes_ = std::exchange(other.bytes_, {});
        of_file_ = other.of_file_;
    }
    return *this;
}

void Mapping::reset() noexcept
{
    if (!bytes_.empty()) {
        ::munmap(bytes_.data(), bytes_.size());
        bytes_ = {};
    }
}

void Mapping::forget_pages() const noexcept
{
    // Not for anonymous memory, which would lose what it holds.
    if (of_file_ && !bytes_.empty()) {
        ::madvise(bytes_.data(), bytes_.size(), MADV_DONTNEED);
    }
}

}  // namespace duplid::io
