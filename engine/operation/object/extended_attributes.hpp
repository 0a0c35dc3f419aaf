// Extended attributes: user.*, trusted.*, POSIX ACLs and file capabilities, from the disk into pax
// records and back.
//
// Format facts: `SCHILY.xattr.<name>=<value>` as star and GNU tar write it, here only for values
// that are text; others as libarchive's `LIBARCHIVE.xattr.<name>=<base64>`, because newer readers
// balk at records that are not UTF-8 (archive-format.md 13, rule 2). In names, bytes that a keyword
// cannot hold are written %XX, as both programs do with `%` and `=`.
#pragma once

#include "engine/tar/header.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::operation {

struct Attribute {
    std::string name;
    std::string value;  ///< any bytes

    bool operator==(const Attribute&) const = default;
};
/// Sorted by name, each name once.
using Attributes = std::vector<Attribute>;

/// What their records may take of a header: safely below what a reader accepts
/// (tar::pax_bytes_max). Only file systems without limits of their own can hold more.
inline constexpr std::size_t attribute_record_bytes_max = std::size_t{768} << 10U;

enum class AttributeKind { user, trusted, acl, capability };

/// Whether, and as what, an attribute is stored and restored. Nothing for any other name: labels of
/// security modules belong to a machine's policy, and a restore could set them only by breaking it.
[[nodiscard]] std::optional<AttributeKind> kind_of_attribute(std::string_view name) noexcept;

/// The attributes of an open file, or of what an O_PATH descriptor stands for; nothing of what is
/// not stored. A file system without attributes has none. Throws: Error; invalid when they are more
/// than attribute_record_bytes_max.
[[nodiscard]] Attributes read_attributes(int fd, const std::string& what);

/// Sets one attribute, as above. Returns 0 or the number of the error.
[[nodiscard]] int set_attribute(int fd, const Attribute& attribute) noexcept;

void add_attribute_records(const Attributes& attributes, tar::Header& header);

/// Those that a header's records say. A record that is malformed or of another kind is passed over.
[[nodiscard]] Attributes attributes_of(const tar::Header& header);

/// A short text by which a change of the attributes is noticed; empty when there are none.
[[nodiscard]] std::string attributes_digest(const Attributes& attributes);

}  // namespace duplid::operation
