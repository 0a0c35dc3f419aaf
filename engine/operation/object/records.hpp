// The pax records in which our archives keep what duplicity drops, and what they mean.
//
// Why records: duplicity 0.8.22 and 3.0.1 pass over them on any entry, while a new kind of entry
// is fatal to both (archive-format.md 13). Every one is optional on every entry, since duplicity
// writes none when it continues a chain. All stand on an entry's first block, `sha256` on its
// last. Names and values of extended attributes: extended_attributes.hpp.
#pragma once

#include "engine/tar/header.hpp"

#include <string>
#include <string_view>

namespace duplid::operation::record {

/// Standard: seconds with a fraction, on entries whose time has one.
inline constexpr std::string_view mtime = "mtime";
/// Sigtar only, see stat_record().
inline constexpr std::string_view stat = "DUPLID.stat";
/// "<device>:<inode>", decimal, on everything but directories that had more than one name: names
/// with the same value were one object.
inline constexpr std::string_view link = "DUPLID.link";
/// Decimal: the bytes a file with holes took on its disk.
inline constexpr std::string_view sparse = "DUPLID.sparse";
/// SHA-256, 64 hex digits, of a regular file's content as of the set, also of a delta's result.
inline constexpr std::string_view sha256 = "DUPLID.sha256";
/// Sigtar only, where there are any: what attributes_digest() made of the extended attributes.
inline constexpr std::string_view attributes = "DUPLID.attributes";

/// The value of the last record of that name, which is the one that counts; null without one.
[[nodiscard]] inline const std::string* find(const tar::Header& header, std::string_view keyword)
{
    const std::string* value = nullptr;
    for (const auto& one : header.extra) {
        if (one.keyword == keyword) {
            value = &one.value;
        }
    }
    return value;
}

}  // namespace duplid::operation::record
