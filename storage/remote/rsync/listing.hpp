// What `rsync TARGET/` prints.
#pragma once

#include "storage/remote/remote.hpp"

#include <string_view>
#include <vector>

namespace duplid::rsync {

/// The regular files of a listing that was asked for with --no-human-readable and --8-bit-output.
///
/// Format (seen with rsync 3.2.7; rsync(1), "--8-bit-output"): mode, size, date, time and name, the
/// first two filled up with blanks; size may have commas; bytes that cannot be printed, and a
/// backslash that would look like one of them, stand as \#ooo. Lines of another form are passed
/// over: daemons greet people there.
[[nodiscard]] std::vector<remote::Listed> parse_listing(std::string_view text);

}  // namespace duplid::rsync
