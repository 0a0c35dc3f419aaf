// A download that goes on where an earlier attempt, or another copy, broke off.
#pragma once

#include "storage/io/sink.hpp"

#include <algorithm>
#include <cstdint>

namespace duplid::remote {

/// Passes on what comes after the bytes that an earlier attempt delivered.
class ResumingSink final : public io::Sink {
public:
    /// `next` must outlive it.
    explicit ResumingSink(io::Sink& next) noexcept : next_{next} {}

    /// The next byte that is written is the first one again.
    void start_again() noexcept { seen_ = 0; }
    [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_; }
    [[nodiscard]] bool is_behind() const noexcept { return seen_ < delivered_; }
    /// Whether the sink behind this one failed: repeating the transfer cannot help that.
    [[nodiscard]] bool next_failed() const noexcept { return next_failed_; }

    void write(io::ByteView bytes) override
    {
        const auto skip = std::min<std::uint64_t>(delivered_ - seen_, bytes.size());
        seen_ += skip;
        const auto fresh = bytes.subspan(static_cast<std::size_t>(skip));
        if (fresh.empty()) {
            return;
        }
        next_failed_ = true;
        next_.write(fresh);
        next_failed_ = false;
        seen_ += fresh.size();
        delivered_ = seen_;
    }

private:
    io::Sink& next_;
    std::uint64_t seen_ = 0;
    std::uint64_t delivered_ = 0;
    bool next_failed_ = false;
};

}  // namespace duplid::remote
