// What `gio list` and `gio info` print.
//
// Format facts (seen with GLib 2.74, gio(1)): `gio list --print-uris --attributes=...` prints a
// line a file: URL, size in bytes, "(type)", and if there are any the attributes asked for, those
// parted by blanks and all else by tabs. Nothing is escaped but the URL, in which every byte that
// is not plain ASCII is. So names are taken from there: a name with a tab or a newline in it is a
// name as any other. `gio info` prints "  attribute: value" for each attribute, behind
// "attributes:".
#pragma once

#include "storage/remote/remote.hpp"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>
#include <vector>

namespace duplid::gio {

struct Entry {
    remote::Listed file;
    std::optional<std::time_t> modified;

    friend bool operator==(const Entry&, const Entry&) = default;
};

/// The files of a listing by URL; links to files count as such. Lines of another form are passed
/// over, and so are names that cannot be a file's. With `names_are_titles` the attribute
/// standard::display-name is the name where there is one; it must be the only one asked for.
[[nodiscard]] std::vector<Entry> parse_listing(std::string_view text, bool names_are_titles);

/// The number that `gio info` prints for an attribute; nothing when it prints none.
[[nodiscard]] std::optional<std::uint64_t> number_in_info(std::string_view text,
                                                          std::string_view attribute);

}  // namespace duplid::gio
