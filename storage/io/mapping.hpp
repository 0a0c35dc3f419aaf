// Memory that is a file's, or that the kernel may write to a file when it needs the room.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstddef>
#include <string>

namespace duplid::io {

/// A mapped range, unmapped with this object. Move-only.
class Mapping {
public:
    Mapping() noexcept = default;
    /// The first `bytes` of a file, to be read. The file must not become shorter meanwhile; the
    /// descriptor is not needed afterwards. Throws: Error.
    [[nodiscard]] static Mapping of_file(int fd, std::size_t bytes, const std::string& name);

    /// Zeroed memory to work in. Above `memory_bytes_max` it is an unnamed file in `directory`,
    /// whose room is taken at once: a full disk is an Error here, not a signal later.
    [[nodiscard]] static Mapping scratch(std::size_t bytes, const std::string& directory,
                                         std::size_t memory_bytes_max);

    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    ~Mapping() { reset(); }

    [[nodiscard]] ByteSpan bytes() const noexcept { return bytes_; }
    void reset() noexcept;

    /// Lets go of the pages of a file that are in memory; they are read again when touched.
    void forget_pages() const noexcept;

private:
    Mapping(ByteSpan bytes, bool of_file) noexcept : bytes_{bytes}, of_file_{of_file} {}

    ByteSpan bytes_;
    bool of_file_ = false;
};

}  // namespace duplid::io
