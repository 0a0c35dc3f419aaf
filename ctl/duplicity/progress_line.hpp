// How far a backup is, as the reference shows it with --progress.
//
// Texts and words: command-line.md 4.7 and 5.11; the reference's way to average speeds and to guess
// what is left was seen in its output.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::duplicity {

/// One NOTICE 16.
struct UploadFigures {
    std::uint64_t uploaded_bytes = 0;
    std::uint64_t elapsed_seconds = 0;
    unsigned percent = 0;
    std::uint64_t left_seconds = 0;
    std::uint64_t bytes_per_second = 0;
    bool is_stalled = false;

    /// "8.5MB 00:00:01 [2.5MB/s] [===============================>         ] 77% ETA 0sec".
    [[nodiscard]] std::string text() const;
    /// The same as words behind the record's number.
    [[nodiscard]] std::vector<std::string> words() const;
};

/// What was told of a run so far, and when a line is due. Times are given in, so that tests need no
/// clock.
class UploadProgress {
public:
    using Clock = std::chrono::steady_clock;

    /// `source_bytes`: what the run is expected to read. A line is due every `rate`.
    UploadProgress(std::uint64_t source_bytes, std::chrono::seconds rate, Clock::time_point begin);

    /// So much of the source was read; never shown as all of it.
    void set_read_bytes(std::uint64_t bytes) noexcept { read_bytes_ = bytes; }
    /// A volume arrived on the target.
    void add_uploaded_bytes(std::uint64_t bytes) noexcept { uploaded_bytes_ += bytes; }

    /// The next line, if it is due.
    [[nodiscard]] std::optional<UploadFigures> due_at(Clock::time_point now);
    /// The last line, of a run that ended well.
    [[nodiscard]] UploadFigures at_end(Clock::time_point now) const;

private:
    [[nodiscard]] std::uint64_t elapsed_seconds(Clock::time_point now) const;

    std::uint64_t source_bytes_;
    std::chrono::seconds rate_;
    Clock::time_point begin_;
    Clock::time_point told_;
    Clock::time_point moved_;
    std::uint64_t read_bytes_ = 0;
    std::uint64_t uploaded_bytes_ = 0;
    std::uint64_t told_bytes_ = 0;
    double speed_ = 0;
    std::uint64_t left_seconds_ = 0;
    unsigned percent_ = 0;
};

}  // namespace duplid::duplicity
