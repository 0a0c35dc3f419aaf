// What the small languages of this folder have in common: a place in a text, weekdays, time zones.
#pragma once

#include "daemon/schedule/zone.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace duplid::schedule {

/// A place in a text that is read from left to right. `text` outlives this object.
class Cursor {
public:
    /// `thing` and `hint` are for errors: what the text is, and how it should look.
    Cursor(std::string_view text, std::string thing, std::string hint)
        : text_{text}, end_{text.size()}, thing_{std::move(thing)}, hint_{std::move(hint)}
    {
    }

    /// Nothing from `end` on is read.
    void stop_at(std::size_t end) noexcept { end_ = end; }
    void go_to(std::size_t place) noexcept { place_ = place; }
    void skip(std::size_t bytes) noexcept { place_ += bytes; }
    void skip_spaces() noexcept;

    [[nodiscard]] std::size_t place() const noexcept { return place_; }
    [[nodiscard]] bool at_end() const noexcept { return place_ >= end_; }
    [[nodiscard]] std::string_view rest() const noexcept
    {
        return text_.substr(place_, end_ - place_);
    }
    /// Whether the next byte is one of these.
    [[nodiscard]] bool at_any_of(std::string_view bytes) const noexcept;
    [[nodiscard]] bool at_digit() const noexcept { return at_any_of("0123456789"); }
    /// Whether these letters come next, upper and lower case alike.
    [[nodiscard]] bool at_word(std::string_view word) const noexcept;

    /// Goes past `c` if it comes next.
    bool take(char c) noexcept;
    /// Reads digits up to `max`. Throws: Error invalid.
    [[nodiscard]] long long number(long long max);

    /// Throws: Error invalid: `what` was expected here.
    [[noreturn]] void expected(std::string_view what) const { wrong_at(place_, what); }
    /// Throws: Error invalid: `what` was expected at `place`.
    [[noreturn]] void wrong_at(std::size_t place, std::string_view what) const;

private:
    std::string_view text_;
    std::size_t place_ = 0;
    std::size_t end_;
    std::string thing_;
    std::string hint_;
};

/// Reads `Mon..Fri`, `Sat,Sun`, `monday` and the spaces behind. A bit each, bit 0 is Monday; 0 if
/// no weekday comes next, or all of them do. Throws: Error invalid.
[[nodiscard]] unsigned take_weekdays(Cursor& cursor);
/// `Mon..Fri`, empty for 0.
[[nodiscard]] std::string print_weekdays(unsigned weekdays);

/// The time zone that ends `text` behind a space: UTC or the name of one that this system has.
struct ZoneSuffix {
    std::shared_ptr<const Zone> zone;  ///< null: the text ends with none
    std::size_t text_bytes = 0;        ///< of what stands before it, without the space
};
[[nodiscard]] ZoneSuffix find_zone(std::string_view text);

}  // namespace duplid::schedule
