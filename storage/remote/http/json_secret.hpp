// A secret in a JSON text, taken out before the library sees it: that copies each string several
// times into memory that it does not wipe.
#pragma once

#include "storage/io/secret.hpp"
#include "storage/io/wiped_text.hpp"

#include <initializer_list>
#include <string_view>

namespace duplid::http {

/// The string that is the value of the member `path` names, from the outermost object inwards; 'x'
/// stands in `text` in place of each of its bytes then. Not set, and nothing is replaced, where
/// there is no such string, or none that a header could hold: printable ASCII. Takes any text, and
/// does not otherwise check that it is JSON.
[[nodiscard]] io::Secret take_json_text(io::WipedText& text,
                                        std::initializer_list<std::string_view> path);

}  // namespace duplid::http
