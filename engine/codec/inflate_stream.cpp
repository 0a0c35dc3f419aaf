#include "engine/codec/inflate_stream.hpp"

#include "storage/io/error.hpp"

#include <algorithm>

namespace duplid::codec {

namespace {

/// ISA-L keeps a copy of its window at the end of each call: the fewer calls, the better.
constexpr std::size_t read_ahead_bytes = std::size_t{256} * 1024;

}  // namespace

InflateStream::InflateStream(io::Source& source, Engine engine)
    : source_{source}, decompressor_{make_decompressor(engine)},
      buffer_(Decompressor::over_bytes_max + read_ahead_bytes)
{
}

void InflateStream::fill()
{
    constexpr auto kept = static_cast<std::ptrdiff_t>(Decompressor::over_bytes_max);
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(end_);
    std::copy(end - kept, end, buffer_.begin());
    at_ = end_ = Decompressor::over_bytes_max;
    const auto got = source_.read(io::ByteSpan{buffer_}.subspan(end_));
    end_ += got;
    source_ended_ = got == 0;
}

std::size_t InflateStream::inflate(io::ByteSpan into)
{
    while (!stream_ended_) {
        if (at_ == end_ && !source_ended_) {
            fill();
        }
        const auto input = io::ByteView{buffer_}.subspan(at_, end_ - at_);
        const auto step = decompressor_->step(input, into);
        at_ += step.consumed - step.over;
        consumed_ += step.consumed - step.over;
        stream_ended_ = step.ended;
        if (step.produced > 0) {
            return step.produced;
        }
        if (!step.ended && step.consumed == 0 && (source_ended_ || !input.empty())) {
            throw Error{Error::Kind::corrupt, "the compressed data ends too early"};
        }
    }
    return 0;
}

std::size_t InflateStream::take(io::ByteSpan into)
{
    std::size_t done = 0;
    while (done < into.size()) {
        if (at_ == end_) {
            if (source_ended_) {
                break;
            }
            fill();
            continue;
        }
        const auto bytes = std::min(into.size() - done, end_ - at_);
        std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), bytes,
                    into.begin() + static_cast<std::ptrdiff_t>(done));
        at_ += bytes;
        done += bytes;
    }
    consumed_ += done;
    return done;
}

void InflateStream::restart()
{
    decompressor_->restart();
    stream_ended_ = false;
}

}  // namespace duplid::codec
