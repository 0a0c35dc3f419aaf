// A lock that is a file: one holder at a time, in this process or any other.
#pragma once

#include "storage/io/fd.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace duplid::cache {

/// A write lock over the whole of a file, which is made for it and removed with it.
///
/// It is an open-file-description lock: it conflicts with the POSIX record lock that duplicity
/// takes (archive-format.md 2, "Lock"), keeps two holders in one process apart, and is not lost
/// when some other descriptor of the file is closed. It ends with the process at the latest; a file
/// left behind without its lock means nothing. Move-only; may be released from any thread.
class FileLock {
public:
    /// Takes the lock, or says at once that somebody has it. Throws: Error (see system_error).
    [[nodiscard]] static std::optional<FileLock> try_take(const std::string& path);

    /// Waits until the lock is free. Throws: Error cancelled once `stop` is requested.
    [[nodiscard]] static FileLock take_when_free(const std::string& path,
                                                 const std::stop_token& stop);

    FileLock(FileLock&&) noexcept = default;
    FileLock& operator=(FileLock&& other) noexcept;
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock() { release(); }

    /// Whether the file is still where others look for it: it may have been deleted under us.
    [[nodiscard]] bool is_in_place() const noexcept;

private:
    FileLock(io::Fd fd, std::string path) noexcept : fd_{std::move(fd)}, path_{std::move(path)} {}
    void release() noexcept;

    io::Fd fd_;
    std::string path_;
};

}  // namespace duplid::cache
