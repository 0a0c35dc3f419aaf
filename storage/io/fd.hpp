// A file descriptor that is closed when its owner goes.
#pragma once

#include "storage/io/bytes.hpp"

#include <string>
#include <utility>

namespace duplid::io {

/// Owns one descriptor, or none (-1). Always opened close-on-exec by the helpers below.
class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(int number) noexcept : number_{number} {}
    Fd(Fd&& other) noexcept : number_{std::exchange(other.number_, -1)} {}
    Fd& operator=(Fd&& other) noexcept;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;
    ~Fd() { reset(); }

    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
    void reset() noexcept;

private:
    int number_ = -1;
};

/// open(2) with O_CLOEXEC, retried on EINTR. Throws: Error (see system_error), naming `path`.
[[nodiscard]] Fd open_file(const std::string& path, int flags, unsigned mode = 0666);

/// Writes all of `bytes` at the current position. `name` is for the error. Throws: Error.
void write_full(int fd, ByteView bytes, const std::string& name);

/// Reads up to `into.size()` bytes, fewer only at the end of the file. Throws: Error.
[[nodiscard]] std::size_t read_full(int fd, ByteSpan into, const std::string& name);

/// As read_full at `offset`, leaving the position alone.
[[nodiscard]] std::size_t pread_full(int fd, ByteSpan into, std::uint64_t offset,
                                     const std::string& name);

/// fsync(2) of a file. Throws: Error.
void sync_file(int fd, const std::string& name);

/// fsync(2) of the directory at `path`, which makes renames in it durable. Throws: Error.
void sync_directory(const std::string& path);

}  // namespace duplid::io
