#include "engine/operation/object/hard_links.hpp"

#include "engine/operation/object/metadata.hpp"
#include "engine/operation/object/records.hpp"
#include "storage/io/digest.hpp"

#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace duplid::operation {

std::optional<LinkGroup> link_group_of(const tar::Header& header)
{
    const auto* text = record::find(header, record::link);
    if (text == nullptr) {
        return std::nullopt;
    }
    LinkGroup group;
    const char* const end = text->data() + text->size();
    const auto device = std::from_chars(text->data(), end, group.device);
    if (device.ec != std::errc{} || device.ptr == end || *device.ptr != ':') {
        return std::nullopt;
    }
    const auto inode = std::from_chars(device.ptr + 1, end, group.inode);
    if (inode.ec != std::errc{} || inode.ptr != end) {
        return std::nullopt;
    }
    return group;
}

bool has_other_names(const select::Metadata& found) noexcept
{
    return found.type != select::Type::directory && found.nlink > 1;
}

tar::PaxRecord link_record(const select::Metadata& found)
{
    return {std::string{record::link}, fmt::format("{}:{}", found.device, found.inode)};
}

std::string link_identity(const tar::Header& header, const std::string& sha256)
{
    io::Digest digest{io::Digest::Algorithm::sha256};
    // Texts of any length come last, each behind its length.
    digest.add(io::view_of(
        fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} ", static_cast<int>(header.type),
                    header.mode, header.uid, header.gid, header.mtime, mtime_ns_of(header),
                    header.dev_major, header.dev_minor, attributes_digest(attributes_of(header)),
                    sha256, header.uname.size(), header.gname.size(), header.link.size())));
    digest.add(io::view_of(header.uname));
    digest.add(io::view_of(header.gname));
    digest.add(io::view_of(header.link));
    return digest.hex();
}

const LinkTable::Made* LinkTable::find(const LinkGroup& group) const
{
    const auto found = groups_.find(group);
    return found == groups_.end() ? nullptr : &found->second;
}

bool LinkTable::remember(const LinkGroup& group, Made made)
{
    if (groups_.size() >= groups_max && !groups_.contains(group)) {
        return false;
    }
    groups_.try_emplace(group, std::move(made));
    return true;
}

}  // namespace duplid::operation
