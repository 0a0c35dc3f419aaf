#include "daemon/jobs/amounts.hpp"

#include "daemon/schedule/span.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <string_view>

namespace duplid::jobs {

std::int64_t seconds_from(const std::string& text, const std::string& part)
{
    auto plain = text;
    // duplicity's letters, which mean nothing else to systemd; M and m are months and minutes to
    // both.
    std::ranges::transform(plain, plain.begin(), [](char c) {
        return c == 'D' ? 'd' : c == 'W' ? 'w' : c == 'Y' ? 'y' : c;
    });
    try {
        const auto span = schedule::parse_span(plain);
        return std::chrono::duration_cast<std::chrono::seconds>(span).count();
    } catch (const Error& error) {
        throw Error{Error::Kind::invalid, error.what(), part, error.hint()};
    }
}

std::uint64_t bytes_from(const std::string& text, const std::string& part)
{
    constexpr std::string_view units = "KMGT";
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    const std::string_view unit{result.ptr, static_cast<std::size_t>(end - result.ptr)};
    const auto power = unit.empty() ? 0 : units.find(unit.front()) + 1;
    const bool known = unit.empty() || (unit.size() == 1 && power != 0);
    if (result.ec != std::errc{} || !known) {
        throw Error{Error::Kind::invalid, "not a size: \"" + text + "\"", part,
                    "bytes, or units of 1024 with K, M, G or T: \"200M\""};
    }
    for (std::size_t i = 0; i < power; ++i) {
        if (number > std::numeric_limits<std::uint64_t>::max() / 1024) {
            throw Error{Error::Kind::invalid, "too large: \"" + text + "\"", part};
        }
        number *= 1024;
    }
    return number;
}

}  // namespace duplid::jobs
