#include "engine/operation/object/source_reader.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace duplid::operation {

namespace {

/// Two ticks of the slowest clock (HZ=100) that file systems take time stamps from.
constexpr std::int64_t young_ns = 20'000'000;
/// A file server's clock may be ahead by so much; what is later was set by a clock that was wrong.
constexpr std::int64_t ahead_seconds_max = 3600;
constexpr std::int64_t nanoseconds = 1'000'000'000;

}  // namespace

SourceReader::SourceReader(SourceFile::OnRead on_read)
    : on_read_{std::move(on_read)}, buffer_(buffer_bytes)
{
}

void SourceReader::open(const Open& open, select::Metadata& facts, const std::string& name)
{
    taken_bytes_ = 0;
    for (const bool is_last : {false, true}) {
        loaded_.reset();
        file_.emplace(open(), facts, name);
        size_ = facts.size;
        if (size_ > buffer_.size()) {
            return;
        }
        loaded_ =
            file_->read_all(io::ByteSpan{buffer_}.first(static_cast<std::size_t>(size_)), on_read_);
        if (is_last || file_->is_unchanged(*loaded_)) {
            return;
        }
    }
}

io::ByteView SourceReader::take_loaded(std::size_t bytes_max)
{
    const auto at = static_cast<std::size_t>(taken_bytes_);
    const auto bytes = std::min(bytes_max, *loaded_ - at);
    taken_bytes_ += bytes;
    return io::ByteView{buffer_}.subspan(at, bytes);
}

std::size_t SourceReader::read(io::ByteSpan into)
{
    if (loaded_) {
        const auto data = take_loaded(into.size());
        std::copy(data.begin(), data.end(), into.begin());
        return data.size();
    }
    const auto got = file_->read(into);
    on_read_(got);
    taken_bytes_ += got;
    return got;
}

io::ByteView SourceReader::next_piece()
{
    if (loaded_) {
        return take_loaded(buffer_.size());
    }
    const auto left = size_ - std::min(size_, taken_bytes_);
    const auto into = io::ByteSpan{buffer_}.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size())));
    return into.empty() ? io::ByteView{} : io::ByteView{into.first(read(into))};
}

void distrust_young_times(select::Metadata& found) noexcept
{
    timespec now{};
    if (::clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) {
        return;
    }
    const auto seconds = now.tv_sec - found.ctime;
    if (seconds > 1 || seconds < -ahead_seconds_max) {
        return;
    }
    const auto age_ns = seconds * nanoseconds + now.tv_nsec - std::int64_t{found.ctime_ns};
    if (age_ns < young_ns) {
        found.ctime = 0;
        found.ctime_ns = 0;
    }
}

}  // namespace duplid::operation
