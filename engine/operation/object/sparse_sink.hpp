// Writes a new file, with holes where it had some.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace duplid::operation {

/// Collects small pieces; large ones are written from where they are. With `sparse`, whole zero
/// units of `hole_bytes` become holes; otherwise zeros are written like anything else, since a file
/// without holes may need to stay so (a swap file does).
class SparseSink final : public io::Sink {
public:
    static constexpr std::size_t block_bytes = std::size_t{128} << 10U;
    /// The block length of nearly every file system.
    static constexpr std::size_t hole_bytes = 4096;

    /// `fd` is an empty file at its beginning, `block` memory to be used again, `name` for
    /// messages; all outlive this object.
    SparseSink(int fd, bool sparse, io::Bytes& block, const std::string& name);

    void write(io::ByteView bytes) override;
    /// Gives the file its length. Does not close it.
    void finish() override;

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void put(io::ByteView bytes);
    void put_block();
    void put_with_holes(io::ByteView bytes);

    int fd_;
    bool sparse_;
    io::Bytes& block_;
    const std::string& name_;
    std::uint64_t bytes_ = 0;
};

}  // namespace duplid::operation
