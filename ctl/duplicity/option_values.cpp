#include "ctl/duplicity/option_values.hpp"

#include "ctl/duplicity/fatal.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <fmt/format.h>

namespace duplid::duplicity {

std::int64_t bounded(const GivenOption& given, std::int64_t min, std::int64_t max)
{
    const auto number = number_from(given);
    if (number < min || number > max) {
        throw UsageError{fmt::format("option {}: must be from {} to {}: {}", given.name, min, max,
                                     represented(given.values.front()))};
    }
    return number;
}

int verbosity_from(std::string_view text)
{
    struct Word {
        std::string_view name;
        int level;
    };
    constexpr std::array words{Word{"error", level::error}, Word{"warning", level::warning},
                               Word{"notice", level::notice}, Word{"info", level::info},
                               Word{"debug", level::debug}};
    if (text.size() == 1 && std::isdigit(static_cast<unsigned char>(text.front())) != 0) {
        return text.front() - '0';
    }
    std::string lower;
    for (const char c : text) {
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    for (const auto& word : words) {
        if (lower == word.name || lower == word.name.substr(0, 1)) {
            return word.level;
        }
    }
    throw UsageError{"Verbosity must be one of: digit [0-9], character [ewnid], or word ['error', "
                     "'warning', 'notice', 'info', 'debug']. The default is 4 (Notice).  It is "
                     "strongly recommended that verbosity level is set at 2 (Warning) or higher."};
}

proto::SyncMode sync_mode_from(const GivenOption& given)
{
    const auto& text = given.values.front();
    if (text == "full") {
        return proto::SyncMode::full;
    }
    if (text == "partial") {
        return proto::SyncMode::partial;
    }
    throw UsageError{fmt::format("option {}: invalid choice: {} (choose from 'full', 'partial')",
                                 given.name, represented(text))};
}

char separator_from(std::string_view text)
{
    if (text == "-") {
        throw UsageError{"Dash ('-') not valid for time-separator."};
    }
    if (text.size() != 1) {
        throw UsageError{
            fmt::format("option --time-separator: invalid character value: {}", represented(text))};
    }
    return text.front();
}

void open_log_descriptor(const GivenOption& given, Reporter& reporter)
{
    const auto number = number_from(given);
    if (number < 1) {
        throw UsageError{"log-fd must be greater than zero."};
    }
    constexpr std::int64_t descriptor_max = 1 << 20;
    if (number > descriptor_max || !reporter.add_log_descriptor(static_cast<int>(number))) {
        throw UsageError{fmt::format("Cannot write to log-fd {}.", number)};
    }
}

void open_log_file(const std::string& path, Reporter& reporter)
{
    if (const int error = reporter.add_log_file(path); error != 0) {
        throw UsageError{fmt::format("Cannot open log file {}: {}", path, std::strerror(error))};
    }
}

bool is_interval(std::string_view text) noexcept
{
    return text.find_first_of("smhDWMY") != std::string_view::npos &&
           text.find_first_not_of("0123456789smhDWMY") == std::string_view::npos;
}

std::string bad_time_text(std::string_view text)
{
    return fmt::format("Bad time string \"{}\"\n\n"
                       "The acceptible time strings are intervals (like \"3D64s\"), w3-datetime\n"
                       "strings, like \"2002-04-26T04:22:01-07:00\" (strings like\n"
                       "\"2002-04-26T04:22:01\" are also acceptable - duplicity will use the\n"
                       "current time zone), or ordinary dates like 2/4/1997 or 2001-04-23\n"
                       "(various combinations are acceptable, but the month always precedes\n"
                       "the day).",
                       represented(text));
}

bool is_key_id(std::string_view text) noexcept
{
    if (text.starts_with("0x")) {
        text.remove_prefix(2);
    }
    constexpr std::array<std::size_t, 3> lengths{8, 16, 40};
    return std::ranges::find(lengths, text.size()) != lengths.end() &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::string without_slashes(std::string_view path)
{
    const auto first = path.find_first_not_of('/');
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string{path.substr(first, path.find_last_not_of('/') - first + 1)};
}

}  // namespace duplid::duplicity
