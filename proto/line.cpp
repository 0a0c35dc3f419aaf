#include "proto/line.hpp"

#include <algorithm>
#include <utility>

namespace duplid::proto {

namespace {

/// What is kept for the lines to come: most have less.
constexpr std::size_t kept_bytes_max = 4096;

}  // namespace

void LineSplitter::feed(std::string_view bytes)
{
    if (overflowed_) {
        return;
    }
    if (begin_ > 0) {
        const auto left = buffer_.size() - begin_;
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.end(),
                  buffer_.begin());
        wipe_memory(buffer_.data() + left, begin_);
        buffer_.resize(left);
        scanned_ -= begin_;
        begin_ = 0;
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

std::optional<WipedBuffer> LineSplitter::next()
{
    while (!overflowed_) {
        const auto newline = text_of(buffer_).find('\n', scanned_);
        const auto line_end = newline == std::string_view::npos ? buffer_.size() : newline + 1;
        if (line_end - begin_ > bytes_max_) {
            overflowed_ = true;
            buffer_ = {};
            break;
        }
        scanned_ = line_end;
        if (newline == std::string_view::npos) {
            if (begin_ == buffer_.size() && buffer_.capacity() > kept_bytes_max) {
                // A long line is a rare one, and there may be a thousand of us.
                buffer_ = {};
                begin_ = scanned_ = 0;
            }
            break;
        }
        const auto begin = std::exchange(begin_, line_end);
        auto line = text_of(buffer_).substr(begin, newline - begin);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            WipedBuffer taken{line.begin(), line.end()};
            // Now, and not with the next bytes, which may never come: it may hold secrets.
            wipe_memory(buffer_.data() + begin, line_end - begin);
            return taken;
        }
    }
    return std::nullopt;
}

}  // namespace duplid::proto
