// Reads a file of the source once, from front to back, and tells whether it held still meanwhile.
#pragma once

#include "engine/select/entry.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/fd.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace duplid::operation {

/// Holes are not read: where the disk has nothing, zeros are handed out, but none behind the end
/// that the file has by then. One thread.
class SourceFile {
public:
    /// Asked before each read and told what it brought; may throw to end the reading.
    using OnRead = std::function<void(std::size_t bytes)>;

    /// Looks at the open file and makes `facts` its own, except for the type. `name` is for
    /// messages. Throws: Error.
    SourceFile(io::Fd fd, select::Metadata& facts, std::string name);

    /// At most as many bytes as fit; 0 at the end of the file. Throws: Error.
    std::size_t read(io::ByteSpan into);

    /// Reads from the beginning until `into` is full or the file ends, and returns the bytes.
    std::size_t read_all(io::ByteSpan into, const OnRead& on_read);

    /// Whether the file is what it was when it was opened, and `bytes` is all of it.
    [[nodiscard]] bool is_unchanged(std::uint64_t bytes) const;

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

private:
    /// How long it is by now.
    [[nodiscard]] std::uint64_t present_bytes() const;
    /// Bytes from `offset_` on that are a hole, as far as `wanted`; 0 when there are data, or when
    /// the file ends there.
    [[nodiscard]] std::size_t hole_bytes(std::size_t wanted);

    io::Fd fd_;
    select::Metadata facts_;
    std::string name_;
    std::uint64_t offset_ = 0;
    /// Up to here, from offset_ on, is known to be data; of a file without holes all of it.
    std::uint64_t data_end_;
};

}  // namespace duplid::operation
