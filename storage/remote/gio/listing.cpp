#include "storage/remote/gio/listing.hpp"

#include "storage/remote/http/percent.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <string>

namespace duplid::gio {

namespace {

constexpr std::string_view title_mark = "standard::display-name=";
constexpr std::string_view modified_mark = "time::modified=";

/// Up to the next `end`, which is taken off, too; the rest where there is none.
std::string_view take(std::string_view& text, char end)
{
    const auto part = text.substr(0, text.find(end));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

template <typename Number>
std::optional<Number> number_of(std::string_view digits)
{
    Number number{};
    const auto* const end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, number);
    if (digits.empty() || result.ec != std::errc{} || result.ptr != end) {
        return std::nullopt;
    }
    return number;
}

/// A kind that the mount does not tell counts as a file: a full target must not look empty.
bool is_file(std::string_view type)
{
    return type == "(regular)" || type == "(unknown)";
}

bool can_be_name(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view{"/\0", 2}) == std::string_view::npos;
}

std::optional<std::time_t> modified_in(std::string_view attributes)
{
    while (!attributes.empty()) {
        const auto attribute = take(attributes, ' ');
        if (attribute.starts_with(modified_mark)) {
            return number_of<std::time_t>(attribute.substr(modified_mark.size()));
        }
    }
    return std::nullopt;
}

std::optional<Entry> entry_of(std::string_view line, bool names_are_titles)
{
    const auto url = take(line, '\t');
    const auto bytes = number_of<std::uint64_t>(take(line, '\t'));
    const auto type = take(line, '\t');
    const auto slash = url.rfind('/');
    if (slash == std::string_view::npos || !bytes || !is_file(type)) {
        return std::nullopt;
    }
    auto name = http::percent_decoded(url.substr(slash + 1));
    if (names_are_titles && line.starts_with(title_mark)) {
        name = line.substr(title_mark.size());
    }
    if (!can_be_name(name)) {
        return std::nullopt;
    }
    return Entry{{std::move(name), *bytes}, names_are_titles ? std::nullopt : modified_in(line)};
}

}  // namespace

std::vector<Entry> parse_listing(std::string_view text, bool names_are_titles)
{
    std::vector<Entry> entries;
    while (!text.empty()) {
        if (auto entry = entry_of(take(text, '\n'), names_are_titles)) {
            entries.push_back(std::move(*entry));
        }
    }
    return entries;
}

std::optional<std::uint64_t> number_in_info(std::string_view text, std::string_view attribute)
{
    const auto mark = fmt::format("  {}: ", attribute);
    std::optional<std::uint64_t> number;
    // The last one: above the attributes stands the file's local path, if it has one, as it is.
    while (!text.empty()) {
        const auto line = take(text, '\n');
        if (line.starts_with(mark)) {
            number = number_of<std::uint64_t>(line.substr(mark.size()));
        }
    }
    return number;
}

}  // namespace duplid::gio
