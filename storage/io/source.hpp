// Something bytes are read from.
#pragma once

#include "storage/io/bytes.hpp"

namespace duplid::io {

/// Read by one thread at a time. A stage is a Source that holds another one.
class Source {
public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    /// Fills at most `into.size()` bytes from the front and returns how many; 0 means the end
    /// (`into` must not be empty). Fewer than asked for does not mean the end.
    /// Throws: Error.
    virtual std::size_t read(ByteSpan into) = 0;
};

/// Reads until `into` is full or the source ends; returns the bytes read.
std::size_t read_full(Source& source, ByteSpan into);

/// Reads to the end. Throws: Error invalid when more than `bytes_max` come.
[[nodiscard]] Bytes read_all(Source& source, std::size_t bytes_max);

/// Bytes in memory as a Source. `bytes` must outlive it.
class ViewSource final : public Source {
public:
    explicit ViewSource(ByteView bytes) noexcept : left_{bytes} {}
    std::size_t read(ByteSpan into) override;

private:
    ByteView left_;
};

}  // namespace duplid::io
