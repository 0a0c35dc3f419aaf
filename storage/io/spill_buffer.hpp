// Bytes gathered one after the other: in memory while they are few, in a file when they are many.
#pragma once

#include "storage/io/mapping.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/temp_file.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace duplid::io {

/// For what is small nearly always and huge now and then, such as the signature of one file.
class SpillBuffer final : public Sink {
public:
    static constexpr std::size_t usual_memory_bytes_max = std::size_t{8} << 20U;

    /// The file, once there is one, is an unnamed one in `directory`.
    explicit SpillBuffer(std::string directory,
                         std::size_t memory_bytes_max = usual_memory_bytes_max);

    /// Throws: Error, when the file cannot be made or written.
    void write(ByteView bytes) override;

    [[nodiscard]] std::uint64_t bytes() const noexcept { return file_bytes_ + memory_.size(); }

    /// Everything written so far, until the next write() or clear(). Throws: Error.
    [[nodiscard]] ByteView view();

    /// Writes all of it to `sink`, a piece at a time: unlike with view(), a large one never is in
    /// memory as a whole. Throws: Error; whatever `sink` throws.
    void copy_to(Sink& sink);

    /// Begins anew. Room in memory is kept, room on disk is given back.
    void clear() noexcept;

    /// Lets go of the file's pages that view() brought into memory; the view stays good.
    void forget_pages() const noexcept { mapping_.forget_pages(); }

private:
    void flush();

    std::string directory_;
    std::size_t memory_bytes_max_;
    Bytes memory_;  // all, or what has not gone to the file yet
    std::optional<TempFile> file_;
    std::uint64_t file_bytes_ = 0;
    Mapping mapping_;
};

}  // namespace duplid::io
