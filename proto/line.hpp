// Lines out of a stream of bytes.
#pragma once

#include "proto/protocol.hpp"
#include "proto/secret_text.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace duplid::proto {

/// Cuts what arrives into lines, in whatever pieces it comes. Its memory stays below two lines,
/// and each line is wiped as soon as it is taken, because requests may carry passphrases. One
/// thread at a time.
class LineSplitter {
public:
    explicit LineSplitter(std::size_t bytes_max = line_bytes_max) noexcept : bytes_max_{bytes_max}
    {
    }

    /// Takes bytes as they come. Feed at most one read's worth, then call next() until it is empty.
    void feed(std::string_view bytes);

    /// The next whole line without its newline (and without a carriage return before it), or
    /// nothing. Blank lines are passed over.
    [[nodiscard]] std::optional<WipedBuffer> next();

    /// A line grew past the limit. Final: there is no telling where the next one begins.
    [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

    /// Bytes of a line that has not ended yet.
    [[nodiscard]] std::size_t pending() const noexcept { return buffer_.size() - begin_; }

private:
    WipedBuffer buffer_;
    std::size_t begin_ = 0;    ///< where the current line starts
    std::size_t scanned_ = 0;  ///< no newline before this
    std::size_t bytes_max_;
    bool overflowed_ = false;
};

}  // namespace duplid::proto
