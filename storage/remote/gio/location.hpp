// Where a GIO target is: the URL that the gio program is given, and what must not be seen in it.
//
// A GIO URL is GVfs's own business: which schemes there are, what a host or a user means in them.
// So it is handed on as it was written, but for what a list of arguments must not show, and for
// bytes that are no part of any URL.
#pragma once

#include "storage/io/secret.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::gio {

struct Location {
    /// The directory: ASCII, without password, query, fragment, and slashes at its end.
    std::string uri;
    std::optional<std::string> user;  ///< decoded; it stands in `uri`, too
    io::Secret password;              ///< decoded
    bool has_query = false;           ///< there was one, which means nothing here
    /// Files have ids by which GIO calls them, and the names they were given are titles only.
    bool names_are_titles = false;

    /// The URL of a file in the directory. Any bytes may stand in `name`.
    [[nodiscard]] std::string file(std::string_view name) const;
};

/// The URL of the directory above; nothing where there is none.
[[nodiscard]] std::optional<std::string> parent_of(const std::string& uri);

/// Takes a URL apart, with "gio+" before it or, for --gio, without.
/// Throws: Error invalid, naming the URL without its password.
[[nodiscard]] Location locate(std::string_view url);

}  // namespace duplid::gio
