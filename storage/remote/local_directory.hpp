// Which targets lie in a directory of this machine: they are on one of its disks, which may be away
// while the directory where it is mounted is there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace duplid::remote {

/// The directory that a URL means, by whatever way its files get there: `file:`, `gio+file:`, and
/// each with `par2+` before it. Nothing for all others, also for `multi:`, whose members are known
/// once its file is read. Throws: as parse_url() and local_path().
[[nodiscard]] std::optional<std::string> local_directory_of(std::string_view url,
                                                            const std::string& working_directory);

}  // namespace duplid::remote
