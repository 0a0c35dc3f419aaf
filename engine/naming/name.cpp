#include "engine/naming/name.hpp"

#include "engine/naming/time.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace duplid::naming {

namespace {

/// The fixed parts of names in one vocabulary. Old names are the long words around other times.
struct Words {
    std::string_view full, increment;
    std::string_view full_signatures, increment_signatures;
    std::string_view full_statistics, increment_statistics;
    std::string_view between_times, before_number;
    std::string_view volume, manifest, signatures, statistics;
    std::string_view partial;
    std::string_view gzip, gpg;
    bool is_short;
};

constexpr Words long_words{.full = "duplicity-full.",
                           .increment = "duplicity-inc.",
                           .full_signatures = "duplicity-full-signatures.",
                           .increment_signatures = "duplicity-new-signatures.",
                           .full_statistics = "duplicity-full.",
                           .increment_statistics = "duplicity-inc.",
                           .between_times = ".to.",
                           .before_number = ".vol",
                           .volume = ".difftar",
                           .manifest = ".manifest",
                           .signatures = ".sigtar",
                           .statistics = ".jsonstat",
                           .partial = ".part",
                           .gzip = ".gz",
                           .gpg = ".gpg",
                           .is_short = false};

constexpr Words short_words{.full = "df.",
                            .increment = "di.",
                            .full_signatures = "dfs.",
                            .increment_signatures = "dns.",
                            .full_statistics = "dfst.",
                            .increment_statistics = "dist.",
                            .between_times = ".",
                            .before_number = ".",
                            .volume = ".dt",
                            .manifest = ".m",
                            .signatures = ".st",
                            .statistics = ".jst",
                            .partial = ".p",
                            .gzip = ".z",
                            .gpg = ".g",
                            .is_short = true};

constexpr std::array vocabularies{&long_words, &short_words};
constexpr std::array kinds{FileKind::volume, FileKind::manifest, FileKind::signatures};

const std::string& prefix_of(FileKind kind, const Prefixes& prefixes) noexcept
{
    switch (kind) {
    case FileKind::volume:
        return prefixes.archive;
    case FileKind::manifest:
        return prefixes.manifest;
    case FileKind::signatures:
        break;
    }
    return prefixes.signature;
}

std::string_view type_word(FileKind kind, const Words& words) noexcept
{
    switch (kind) {
    case FileKind::volume:
        return words.volume;
    case FileKind::manifest:
        return words.manifest;
    case FileKind::signatures:
        break;
    }
    return words.signatures;
}

std::string_view head_of(FileKind kind, bool full, const Words& words) noexcept
{
    if (kind == FileKind::signatures) {
        return full ? words.full_signatures : words.increment_signatures;
    }
    return full ? words.full : words.increment;
}

bool take(std::string_view& rest, std::string_view literal) noexcept
{
    if (!rest.starts_with(literal)) {
        return false;
    }
    rest.remove_prefix(literal.size());
    return true;
}

/// The shortest text before `literal`, which is taken away with it.
std::optional<std::string_view> take_until(std::string_view& rest,
                                           std::string_view literal) noexcept
{
    const std::size_t at = rest.find(literal);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view text = rest.substr(0, at);
    rest.remove_prefix(at + literal.size());
    return text;
}

std::optional<std::int64_t> take_time(std::string_view& rest, std::string_view literal,
                                      const Words& words) noexcept
{
    const auto token = take_until(rest, literal);
    if (!token) {
        return std::nullopt;
    }
    return words.is_short ? parse_short_time(*token) : parse_time(*token);
}

/// The times up to and including `literal`, after a head that said whether the set is full.
std::optional<SetId> take_set(std::string_view& rest, bool full, std::string_view literal,
                              const Words& words) noexcept
{
    std::optional<std::int64_t> start;
    if (!full) {
        start = take_time(rest, words.between_times, words);
        if (!start) {
            return std::nullopt;
        }
    }
    const auto end = take_time(rest, literal, words);
    if (!end) {
        return std::nullopt;
    }
    return full ? SetId::full_at(*end) : SetId::increment(*start, *end);
}

std::optional<std::uint32_t> volume_number(std::string_view token, const Words& words) noexcept
{
    constexpr std::uint32_t max = std::numeric_limits<std::uint32_t>::max();
    std::uint32_t number = 0;
    if (words.is_short) {
        number = static_cast<std::uint32_t>(parse_base36(token, max).value_or(0));
    } else {
        const char* const end = token.data() + token.size();
        const auto result = std::from_chars(token.data(), end, number);
        if (result.ec != std::errc{} || result.ptr != end) {
            return std::nullopt;
        }
    }
    return number == 0 ? std::nullopt : std::optional{number};
}

/// Both vocabularies' suffixes end names of either.
std::optional<Wrapping> wrapping_of(std::string_view suffix) noexcept
{
    if (suffix.empty()) {
        return Wrapping::plain;
    }
    for (const Words* words : vocabularies) {
        if (suffix == words->gzip) {
            return Wrapping::gzip;
        }
        if (suffix == words->gpg) {
            return Wrapping::gpg;
        }
    }
    return std::nullopt;
}

/// Reads what follows the prefixes, as a name of the given kind.
std::optional<Name> parse_bare(std::string_view rest, FileKind kind, const Words& words) noexcept
{
    Name name{.kind = kind};
    const bool full = take(rest, head_of(kind, true, words));
    if (!full && !take(rest, head_of(kind, false, words))) {
        return std::nullopt;
    }
    const bool is_volume = kind == FileKind::volume;
    const auto set =
        take_set(rest, full, is_volume ? words.before_number : type_word(kind, words), words);
    if (!set) {
        return std::nullopt;
    }
    name.set = *set;
    if (is_volume) {
        const auto token = take_until(rest, words.volume);
        const auto number = token ? volume_number(*token, words) : std::nullopt;
        if (!number) {
            return std::nullopt;
        }
        name.volume = *number;
    }
    name.partial = take(rest, words.partial) && !is_volume;
    const auto wrapping = wrapping_of(rest);
    if (!wrapping) {
        return std::nullopt;
    }
    name.wrapping = *wrapping;
    return name;
}

}  // namespace

std::strong_ordering SetId::operator<=>(const SetId& other) const noexcept
{
    if (const auto by_end = end <=> other.end; by_end != 0) {
        return by_end;
    }
    if (full != other.full) {
        return full ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    return start <=> other.start;
}

std::optional<Name> parse(std::string_view file_name, const Prefixes& prefixes)
{
    if (!take(file_name, prefixes.all)) {
        return std::nullopt;
    }
    for (const FileKind kind : kinds) {
        std::string_view bare = file_name;
        if (!take(bare, prefix_of(kind, prefixes))) {
            continue;
        }
        for (const Words* words : vocabularies) {
            if (const auto name = parse_bare(bare, kind, *words)) {
                return name;
            }
        }
    }
    return std::nullopt;
}

bool has_our_head(std::string_view file_name, const Prefixes& prefixes)
{
    if (!take(file_name, prefixes.all)) {
        return false;
    }
    for (const FileKind kind : kinds) {
        std::string_view bare = file_name;
        if (!take(bare, prefix_of(kind, prefixes))) {
            continue;
        }
        for (const Words* words : vocabularies) {
            if (bare.starts_with(head_of(kind, true, *words)) ||
                bare.starts_with(head_of(kind, false, *words))) {
                return true;
            }
        }
    }
    return false;
}

std::optional<SetId> set_of_statistics(std::string_view file_name, const Prefixes& prefixes)
{
    if (!take(file_name, prefixes.all) || !take(file_name, prefixes.statistics)) {
        return std::nullopt;
    }
    for (const Words* words : vocabularies) {
        std::string_view rest = file_name;
        const bool full = take(rest, words->full_statistics);
        if (!full && !take(rest, words->increment_statistics)) {
            continue;
        }
        const auto set = take_set(rest, full, words->statistics, *words);
        if (set && wrapping_of(rest)) {
            return set;
        }
    }
    return std::nullopt;
}

std::string print(const Name& name, const Writing& writing)
{
    const Words& words = writing.style == Style::short_names ? short_words : long_words;
    const auto print_in_style = [&writing](std::int64_t time) {
        switch (writing.style) {
        case Style::short_names:
            return print_short_time(time);
        case Style::old_names:
            return print_old_time(time, writing.time_separator, local_offset_minutes(time));
        case Style::standard:
            break;
        }
        return print_time(time);
    };

    std::string text = writing.prefixes.all;
    text += prefix_of(name.kind, writing.prefixes);
    text += head_of(name.kind, name.set.full, words);
    if (!name.set.full) {
        text += print_in_style(name.set.start);
        text += words.between_times;
    }
    text += print_in_style(name.set.end);
    if (name.kind == FileKind::volume) {
        if (name.volume == 0) {
            throw Error{Error::Kind::internal, "volume without a number", text};
        }
        text += words.before_number;
        text += words.is_short ? print_base36(name.volume) : fmt::to_string(name.volume);
    }
    text += type_word(name.kind, words);
    if (name.partial) {
        text += words.partial;
    }
    switch (name.wrapping) {
    case Wrapping::plain:
        break;
    case Wrapping::gzip:
        text += words.gzip;
        break;
    case Wrapping::gpg:
        text += words.gpg;
        break;
    }
    return text;
}

bool has_pattern_bytes(std::string_view prefix) noexcept
{
    return prefix.find_first_of(".*+?[](){}|^$\\") != std::string_view::npos;
}

}  // namespace duplid::naming
