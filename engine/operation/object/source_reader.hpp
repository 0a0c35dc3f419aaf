// Hands out the content of one file of the source after the other, each as it was at one moment
// where that can be had (feature-goals.md B5).
#pragma once

#include "engine/operation/object/source_file.hpp"
#include "engine/select/entry.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/fd.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace duplid::operation {

/// A file that fits into the buffer is read as a whole before anything of it is handed out; when
/// it changed meanwhile it is read once more. Larger ones are handed out as they are read. One
/// thread.
class SourceReader {
public:
    /// Opens the file; called again for a second try.
    using Open = std::function<io::Fd()>;

    static constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;

    /// `on_read`: see SourceFile.
    explicit SourceReader(SourceFile::OnRead on_read);

    /// Takes up a file and makes `facts` those of its descriptor: the walk that found it may have
    /// been a while ago, or another file may stand there by now. Throws: Error, also when a file
    /// that fits cannot be read to its end; what `open` and `on_read` throw.
    void open(const Open& open, select::Metadata& facts, const std::string& name);

    /// The next bytes, at most as many as fit; 0 at the end. Throws: Error.
    std::size_t read(io::ByteSpan into);
    /// The next bytes in memory of its own, valid until the next call of anything here; none at
    /// the end, or at the size that the file had when it was opened. Throws: Error.
    [[nodiscard]] io::ByteView next_piece();

    /// What was handed out of the file.
    [[nodiscard]] std::uint64_t taken_bytes() const noexcept { return taken_bytes_; }
    /// Whether that is all of it, and nobody wrote to it since it was opened.
    [[nodiscard]] bool is_unchanged() const { return file_->is_unchanged(taken_bytes_); }
    [[nodiscard]] int fd() const noexcept { return file_->fd(); }

private:
    [[nodiscard]] io::ByteView take_loaded(std::size_t bytes_max);

    SourceFile::OnRead on_read_;
    io::Bytes buffer_;
    std::optional<SourceFile> file_;
    std::uint64_t size_ = 0;             ///< when it was opened
    std::optional<std::size_t> loaded_;  ///< all of it, so many bytes, is in buffer_
    std::uint64_t taken_bytes_ = 0;
};

/// A write within the clock tick of the stat that `found` is from leaves no trace in any time
/// stamp. A change time that is too young for that to be excluded is set to 0, which no file has,
/// so that the next run looks inside (R42).
void distrust_young_times(select::Metadata& found) noexcept;

}  // namespace duplid::operation
