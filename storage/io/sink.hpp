// Something bytes are written to.
#pragma once

#include "storage/io/bytes.hpp"

namespace duplid::io {

/// Written by one thread at a time. A stage is a Sink that holds another one.
class Sink {
public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    /// Takes all of `bytes`. Throws: Error.
    virtual void write(ByteView bytes) = 0;

    /// Ends the stream well: whatever was held back is written. Called once, last; a Sink that is
    /// destroyed without it was abandoned. Throws: Error.
    virtual void finish() {}
};

/// Collects in memory.
class MemorySink final : public Sink {
public:
    void write(ByteView bytes) override { append(bytes_, bytes); }
    [[nodiscard]] ByteView view() const noexcept { return bytes_; }
    [[nodiscard]] Bytes take() noexcept { return std::move(bytes_); }

private:
    Bytes bytes_;
};

class Source;

/// Moves everything from `source` to `sink`, which is not finished. Returns the bytes moved.
std::uint64_t copy(Source& source, Sink& sink);

}  // namespace duplid::io
