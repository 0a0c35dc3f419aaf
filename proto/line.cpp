#include "proto/line.hpp"

#include <algorithm>

namespace duplid::proto {

void LineSplitter::feed(std::string_view bytes)
{
    if (overflowed_) {
        return;
    }
    if (begin_ > 0) {
        // Lines that next() has handed out may have held secrets.
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
            break;
        }
        auto line = text_of(buffer_).substr(begin_, newline - begin_);
        begin_ = line_end;
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (!line.empty()) {
            return WipedBuffer{line.begin(), line.end()};
        }
    }
    return std::nullopt;
}

}  // namespace duplid::proto
