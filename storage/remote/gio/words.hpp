// What the gio program's complaints mean.
//
// It ends with 1 or 2 whatever is wrong (gio(1)), and says why in the words of GLib and GVfs. Ours
// is told to speak English, but what a mount says comes from the daemons of the caller's session,
// in the language of that. So words only sort errors that are known to be some; what an operation
// must be sure of (is a file there, is a place mounted) is asked for in other ways.
#pragma once

#include "storage/io/error.hpp"

#include <string>
#include <string_view>

namespace duplid::gio {

struct Meaning {
    Error::Kind kind;
    std::string_view hint;
};

/// What is not known may pass: unreachable.
[[nodiscard]] Meaning meaning_of(std::string_view words) noexcept;

/// Of all that the program wrote to standard error, what it says of the last thing that went
/// wrong: "gio: URL: this".
[[nodiscard]] std::string complaint_in(std::string_view errors);

}  // namespace duplid::gio
