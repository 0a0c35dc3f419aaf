#include "storage/io/wiped_text.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>

namespace duplid::io {

namespace {

constexpr std::size_t step_bytes = std::size_t{16} << 10U;

Error too_large(std::size_t bytes_max)
{
    return {Error::Kind::invalid, fmt::format("larger than {} bytes", bytes_max)};
}

}  // namespace

void WipedSink::write(ByteView bytes)
{
    if (bytes.size() > bytes_max_ - text_.size()) {
        throw too_large(bytes_max_);
    }
    append(text_, io::text_of(bytes));
}

WipedText read_file_wiped(const std::string& path, std::size_t bytes_max)
{
    FileSource source{path};
    WipedText text;
    for (;;) {
        const auto filled = text.size();
        text.resize(filled + step_bytes);
        const auto got = source.read(std::as_writable_bytes(std::span{text}.subspan(filled)));
        text.resize(filled + got);
        if (got == 0) {
            return text;
        }
        if (text.size() > bytes_max) {
            throw too_large(bytes_max).with_context(path);
        }
    }
}

void wipe_text(std::string& text) noexcept
{
    // Not beyond what it is known to have: so it has all of it first, which moves nothing.
    text.resize(text.capacity());
    wipe(text.data(), text.size());
    text.clear();
}

void append_wiped(std::string& to, std::string_view text)
{
    if (to.capacity() - to.size() < text.size()) {
        std::string larger;
        larger.reserve(std::max(2 * to.capacity(), to.size() + text.size()));
        larger += to;
        wipe_text(to);
        to = std::move(larger);
    }
    to += text;
}

}  // namespace duplid::io
