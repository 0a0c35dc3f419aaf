// Which restored names are one object.
//
// Every name is stored whole, so that duplicity restores it, and carries its group
// (record::link). Names are joined again only when group, content and metadata agree: sets of one
// chain may tell of different moments, and numbers of inodes are used again.
#pragma once

#include "engine/operation/object/extended_attributes.hpp"
#include "engine/select/entry.hpp"
#include "engine/tar/header.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace duplid::operation {

struct LinkGroup {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    auto operator<=>(const LinkGroup&) const = default;
};

/// The group an entry says it is of; nothing without a record, or when the record is none.
[[nodiscard]] std::optional<LinkGroup> link_group_of(const tar::Header& header);

/// Whether an object found in the source is stored as one of several names.
[[nodiscard]] bool has_other_names(const select::Metadata& found) noexcept;
[[nodiscard]] tar::PaxRecord link_record(const select::Metadata& found);

/// A digest of everything by which two names of one object agree. `sha256` is that of the content
/// of a regular file.
[[nodiscard]] std::string link_identity(const tar::Header& header, const std::string& sha256);

/// What was restored of each group. One thread.
class LinkTable {
public:
    /// Some 100 MB, with paths of usual length. Groups beyond it are not remembered.
    static constexpr std::size_t groups_max = std::size_t{1} << 19U;

    struct Made {
        std::string key;           ///< below the destination
        std::uint64_t device = 0;  ///< of what was made there, to be sure of finding it again
        std::uint64_t inode = 0;
        std::string identity;
    };

    /// Null when no name of the group was restored.
    [[nodiscard]] const Made* find(const LinkGroup& group) const;
    /// Keeps the first one of a group. False when there is no room for another group.
    [[nodiscard]] bool remember(const LinkGroup& group, Made made);

private:
    std::map<LinkGroup, Made> groups_;
};

}  // namespace duplid::operation
