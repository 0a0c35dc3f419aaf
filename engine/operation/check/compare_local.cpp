#include "engine/operation/check/compare_local.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::operation {

namespace {

std::string permissions(std::uint64_t uid, std::uint64_t gid, std::uint32_t mode)
{
    return fmt::format("{}:{} {:o}", uid, gid, mode);
}

std::string device(std::uint32_t major, std::uint32_t minor)
{
    return fmt::format("({}, {})", major, minor);
}

/// A slash at its end makes no difference to a link (archive-format.md 10.7).
std::string_view without_slash(std::string_view target)
{
    return target.ends_with('/') ? target.substr(0, target.size() - 1) : target;
}

}  // namespace

std::string_view word_of(tar::Type type) noexcept
{
    switch (type) {
    case tar::Type::regular:
    case tar::Type::hard_link:
        return "reg";
    case tar::Type::directory:
        return "dir";
    case tar::Type::symlink:
        return "sym";
    case tar::Type::fifo:
        return "fifo";
    case tar::Type::character:
        return "chr";
    case tar::Type::block:
        return "blk";
    }
    return "reg";
}

std::optional<LocalDifference> compare_metadata(const select::Entry& local,
                                                const tar::Header& archived, Owners& owners,
                                                bool numeric_owner)
{
    using Aspect = LocalDifference::Aspect;
    const auto type = tar_type_of(local.type);
    if (type != archived.type) {
        return LocalDifference{
            {}, Aspect::type, std::string{word_of(type)}, std::string{word_of(archived.type)}};
    }
    const bool has_target = type == tar::Type::symlink;
    const auto found = permissions(local.uid, local.gid, local.mode);
    const auto expected =
        permissions(owners.local_uid(archived, numeric_owner),
                    owners.local_gid(archived, numeric_owner), archived.mode & 07777U);
    if (found != expected) {
        return LocalDifference{{}, Aspect::permissions, found, expected};
    }
    const bool has_time =
        type == tar::Type::regular || type == tar::Type::directory || type == tar::Type::fifo;
    // Times before 1970 are stored as 0 (archive-format.md 10.6).
    const auto mtime = std::max<std::int64_t>(local.mtime, 0);
    if (has_time && mtime != archived.mtime) {
        return LocalDifference{
            {}, Aspect::mtime, std::to_string(local.mtime), std::to_string(archived.mtime)};
    }
    if (has_target && without_slash(local.link_target) != without_slash(archived.link)) {
        return LocalDifference{{}, Aspect::link, local.link_target, archived.link};
    }
    const bool is_device = type == tar::Type::character || type == tar::Type::block;
    if (is_device &&
        (local.rdev_major != archived.dev_major || local.rdev_minor != archived.dev_minor)) {
        return LocalDifference{{},
                               Aspect::device,
                               device(local.rdev_major, local.rdev_minor),
                               device(archived.dev_major, archived.dev_minor)};
    }
    return std::nullopt;
}

}  // namespace duplid::operation
