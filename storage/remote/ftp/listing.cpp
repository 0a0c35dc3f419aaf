#include "storage/remote/ftp/listing.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace duplid::ftp {

namespace {

std::string lower(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string_view take_line(std::string_view& text)
{
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

template <typename Number>
bool parse_number(std::string_view text, Number& number)
{
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return !text.empty() && result.ec == std::errc{} && result.ptr == end;
}

// YYYYMMDDHHMMSS, perhaps with a fraction, in UTC.
std::optional<std::time_t> parse_time(std::string_view text)
{
    std::tm time{};
    struct Part {
        std::size_t at;
        std::size_t digits;
        int* into;
    };
    for (const auto& part :
         {Part{0, 4, &time.tm_year}, Part{4, 2, &time.tm_mon}, Part{6, 2, &time.tm_mday},
          Part{8, 2, &time.tm_hour}, Part{10, 2, &time.tm_min}, Part{12, 2, &time.tm_sec}}) {
        if (text.size() < part.at + part.digits ||
            !parse_number(text.substr(part.at, part.digits), *part.into)) {
            return std::nullopt;
        }
    }
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    const auto seconds = ::timegm(&time);
    return seconds < 0 ? std::nullopt : std::optional{seconds};
}

// "type=file;size=12;modify=20240101000000; name": facts of any order, their names and values of
// types in any case.
std::optional<Entry> parse_entry(std::string_view line)
{
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos || blank + 1 == line.size()) {
        return std::nullopt;
    }
    auto facts = line.substr(0, blank);
    Entry entry;
    entry.file.name = line.substr(blank + 1);
    std::string type;
    while (!facts.empty()) {
        const auto fact = facts.substr(0, facts.find(';'));
        facts.remove_prefix(std::min(fact.size() + 1, facts.size()));
        const auto equals = fact.find('=');
        if (equals == std::string_view::npos) {
            return std::nullopt;
        }
        const auto name = lower(fact.substr(0, equals));
        const auto value = fact.substr(equals + 1);
        std::uint64_t bytes = 0;
        if (name == "type") {
            type = lower(value);
        } else if (name == "size" && parse_number(value, bytes)) {
            entry.file.bytes = bytes;
        } else if (name == "modify") {
            entry.modified = parse_time(value);
        }
    }
    const bool is_link = type.starts_with("os.unix=slink") || type.starts_with("os.unix=symlink");
    if (is_link) {
        entry.file.bytes = remote::unknown_bytes;
    }
    const bool is_name = entry.file.name.find('/') == std::string::npos && entry.file.name != "." &&
                         entry.file.name != "..";
    return is_name && (is_link || type == "file") ? std::optional{std::move(entry)} : std::nullopt;
}

}  // namespace

std::vector<Entry> parse_mlsd(std::string_view text)
{
    std::vector<Entry> entries;
    while (!text.empty()) {
        if (auto entry = parse_entry(take_line(text))) {
            entries.push_back(*std::move(entry));
        }
    }
    return entries;
}

std::vector<std::string> parse_nlst(std::string_view text)
{
    std::vector<std::string> names;
    while (!text.empty()) {
        auto line = take_line(text);
        line.remove_prefix(line.rfind('/') + 1);
        if (!line.empty() && line != "." && line != "..") {
            names.emplace_back(line);
        }
    }
    return names;
}

}  // namespace duplid::ftp
