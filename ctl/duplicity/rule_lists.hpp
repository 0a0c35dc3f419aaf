// Lists of selection rules that only this process can read: standard input, pipes of the shell.
//
// A daemon has neither our standard input nor our descriptors, so such a list is read here and its
// lines become rules of their own, which mean the same (command-line.md 6.5).
#pragma once

#include "proto/backup.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::duplicity {

/// All that comes from `path`; nothing when it is a file that the daemon can open by itself and
/// find the same there. Throws: Fatal 7 when nobody can open it, or it is longer than any list.
[[nodiscard]] std::optional<std::string> read_passing_list(const std::string& path);

/// The rules in a list. `kind` is what lines without a sign are: "include" or "exclude".
[[nodiscard]] std::vector<proto::RuleParams> rules_in(std::string_view list, char separator,
                                                      const std::string& kind);

/// The names in a list of --files-from, each as it is. There is always one, if only the empty one:
/// the daemon tells a list without names from no list.
[[nodiscard]] std::vector<proto::RuleParams> names_in(std::string_view list, char separator);

}  // namespace duplid::duplicity
