// Files as sources and sinks, and whole small files at once.
#pragma once

#include "storage/io/fd.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/source.hpp"

#include <optional>
#include <string>

namespace duplid::io {

/// Reads an open file from its current position to its end.
class FileSource final : public Source {
public:
    /// `name` is used in errors.
    FileSource(Fd fd, std::string name) noexcept : fd_{std::move(fd)}, name_{std::move(name)} {}
    /// Opens `path`. Throws: Error.
    explicit FileSource(const std::string& path);
    std::size_t read(ByteSpan into) override;

private:
    Fd fd_;
    std::string name_;
};

/// Reads `[offset, offset + bytes)` of a descriptor that somebody else owns, by pread: several
/// may read one descriptor at once.
class RangeSource final : public Source {
public:
    RangeSource(int fd, std::uint64_t offset, std::uint64_t bytes, std::string name)
        : fd_{fd}, at_{offset}, left_{bytes}, name_{std::move(name)}
    {
    }
    std::size_t read(ByteSpan into) override;

private:
    int fd_;
    std::uint64_t at_;
    std::uint64_t left_;
    std::string name_;
};

/// Writes to a descriptor that somebody else owns, at its current position.
class FdSink final : public Sink {
public:
    FdSink(int fd, std::string name) noexcept : fd_{fd}, name_{std::move(name)} {}
    void write(ByteView bytes) override { write_full(fd_, bytes, name_); }

private:
    int fd_;
    std::string name_;
};

/// The content of a small file. Throws: Error; invalid when it is larger than `bytes_max`.
[[nodiscard]] Bytes read_file(const std::string& path, std::size_t bytes_max);

/// As read_file, but absence is an ordinary answer.
[[nodiscard]] std::optional<Bytes> read_file_if_there(const std::string& path,
                                                      std::size_t bytes_max);

/// Replaces `path` by `bytes`: a temporary file beside it, fsync, rename, fsync of the directory.
/// A crash leaves either the old content or the new. Throws: Error.
void replace_file(const std::string& path, ByteView bytes, unsigned mode = 0666);

}  // namespace duplid::io
