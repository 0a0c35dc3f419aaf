// What a hook writes, as lines for a log: fit to be read, and not without end.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace duplid::hooks {

/// A hook may print gigabytes; a run's log keeps 10,000 events. One thread.
class OutputLines {
public:
    static constexpr std::size_t lines_max = 1000;
    /// The rest of a longer line is left out.
    static constexpr std::size_t line_bytes_max = 2000;
    static constexpr std::size_t bytes_max = 128 << 10;
    // What last() looks at and keeps.
    static constexpr std::size_t tail_bytes_max = 1000;
    static constexpr std::size_t last_lines_max = 3;

    /// `tell` gets UTF-8 without control characters. May be empty.
    explicit OutputLines(std::function<void(std::string_view)> tell) : tell_{std::move(tell)} {}

    void feed(std::string_view bytes);
    /// No more will come: a last line need not end with a line feed.
    void finish();

    /// The last lines, told or left out, in one: why a program failed is mostly there.
    [[nodiscard]] std::string last() const;

private:
    void remember(std::string_view bytes);
    void add(std::string_view bytes);
    void end_line();

    std::function<void(std::string_view)> tell_;
    std::string line_;
    bool is_long_ = false;  ///< the present line has lost its end
    std::size_t lines_ = 0;
    std::size_t bytes_ = 0;
    bool is_full_ = false;
    std::string tail_;
};

}  // namespace duplid::hooks
