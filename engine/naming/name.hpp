// The names of an archive's files, on the target and in the local cache, read and written.
//
// Format facts: archive-format.md 1.1 (names), 1.3 (short names), 1.4 (what a reader accepts),
// 1.5 (partial names), 12 (statistics of duplicity 3); the vectors names/* show every style.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::naming {

/// Which backup set a file belongs to. Times are epoch seconds; a full set has start == end.
/// Ordered by end time, a full before an increment: the order in which chains are built.
struct SetId {
    bool full = true;
    std::int64_t start = 0;
    std::int64_t end = 0;

    [[nodiscard]] static SetId full_at(std::int64_t time) noexcept { return {true, time, time}; }
    [[nodiscard]] static SetId increment(std::int64_t from, std::int64_t to) noexcept
    {
        return {false, from, to};
    }

    [[nodiscard]] bool operator==(const SetId&) const = default;
    [[nodiscard]] std::strong_ordering operator<=>(const SetId& other) const noexcept;
};

enum class FileKind { volume, manifest, signatures };

/// What a file is wrapped in, by the end of its name.
enum class Wrapping { plain, gzip, gpg };

/// How names are written. All three are always read.
enum class Style { standard, short_names, old_names };

/// --file-prefix and its relatives: `all` comes first in every name, then the one of the kind.
/// Taken literally (archive-format.md 1.1), never as patterns.
struct Prefixes {
    std::string all{};
    std::string archive{};
    std::string manifest{};
    std::string signature{};
    std::string statistics{};  ///< duplicity 3's --file-prefix-jsonstat; duplid only reads these
};

/// What a file name says.
struct Name {
    SetId set{};
    FileKind kind = FileKind::volume;
    std::uint32_t volume = 0;  ///< from 1; 0 unless `kind` is volume
    Wrapping wrapping = Wrapping::plain;
    bool partial = false;  ///< a run in progress; never set on volumes, where it has no meaning

    [[nodiscard]] bool operator==(const Name&) const = default;
};

struct Writing {
    Style style = Style::standard;
    char time_separator = ':';  ///< of old names
    Prefixes prefixes{};
};

/// Reads a file name in any style. Nothing for foreign names, among them those that begin like
/// ours but end in anything except the suffixes "", ".gz", ".gpg", ".z", ".g" (stray copies such
/// as `.gz.par2` or `.gz.tmp`, over which the reference stumbles), volume 0, and times that are
/// out of range.
[[nodiscard]] std::optional<Name> parse(std::string_view file_name, const Prefixes& prefixes);

/// Whether a name begins like one of ours, up to and including the dot before the first time.
/// duplid never gives such a name to anything else, and never deletes a file that begins so but
/// does not parse.
[[nodiscard]] bool has_our_head(std::string_view file_name, const Prefixes& prefixes);

/// The set that a statistics file (`….jsonstat.gz`, duplicity 3) belongs to; nothing for others.
[[nodiscard]] std::optional<SetId> set_of_statistics(std::string_view file_name,
                                                     const Prefixes& prefixes);
[[nodiscard]] inline bool is_statistics(std::string_view file_name, const Prefixes& prefixes)
{
    return set_of_statistics(file_name, prefixes).has_value();
}

/// The name in the given style; old names in the local time of this process.
/// Throws: Error invalid when the set's time cannot be written so (see time.hpp); internal for a
/// volume without a number.
[[nodiscard]] std::string print(const Name& name, const Writing& writing);

/// Whether duplicity would take a part of this prefix for a pattern, which is worth a warning.
[[nodiscard]] bool has_pattern_bytes(std::string_view prefix) noexcept;

}  // namespace duplid::naming
