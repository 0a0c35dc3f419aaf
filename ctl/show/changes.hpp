// What changed between backups and why a path is in one, for people.
#pragma once

#include "proto/changes.hpp"
#include "proto/compare.hpp"
#include "proto/why.hpp"

#include <string>
#include <vector>

namespace duplid::show {

/// "changed    sub/name" with a newline; the name's bytes are as they are.
[[nodiscard]] std::string difference_line(const proto::DifferenceEntry& difference);
/// What was compared, and how many differences there are.
[[nodiscard]] std::string comparison_end(const proto::CompareReply& reply);

/// The tables of duplicity's collection-status --file-changed and --show-changes-in-set
/// (command-line.md 5.2), with "New" where it has "b'New'". Names are quoted as in manifests.
[[nodiscard]] std::string file_changes(const std::string& path,
                                       const std::vector<proto::ChangeEntry>& changes);
[[nodiscard]] std::string set_changes(const proto::SetName& set,
                                      const std::vector<proto::ChangeEntry>& changes);

/// Whether a path is stored, and which option says so.
[[nodiscard]] std::string reason(const proto::WhyReply& reply);

}  // namespace duplid::show
