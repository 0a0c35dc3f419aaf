#include "engine/operation/question/row_difference.hpp"

#include "engine/operation/object/metadata.hpp"

namespace duplid::operation {

namespace {

bool differs_if_known(const auto& left, const auto& right) noexcept
{
    return left && right && *left != *right;
}

bool same_time(const cache::FileRow& left, const cache::FileRow& right) noexcept
{
    return left.mtime == right.mtime && !differs_if_known(left.mtime_ns, right.mtime_ns);
}

bool same_content(const cache::FileRow& left, const cache::FileRow& right) noexcept
{
    if (!left.sha256.empty() && !right.sha256.empty()) {
        return left.sha256 == right.sha256;
    }
    if (differs_if_known(left.size, right.size)) {
        return false;
    }
    if (left.block_bytes != 0 && left.block_bytes == right.block_bytes) {
        return left.content == right.content;
    }
    return same_time(left, right);
}

}  // namespace

RowDifference difference_of(const cache::FileRow& left, const cache::FileRow& right) noexcept
{
    if (left.type != right.type) {
        return RowDifference::content;
    }
    const bool same_access = left.uid == right.uid && left.gid == right.gid &&
                             !differs_if_known(left.attributes, right.attributes);
    switch (tar_type_of_row(left.type)) {
    case tar::Type::symlink:
        // A link has no mode and no time of its own that a backup keeps (archive-format.md 7).
        if (left.link != right.link) {
            return RowDifference::content;
        }
        return same_access ? RowDifference::none : RowDifference::metadata;
    case tar::Type::character:
    case tar::Type::block:
        if (left.rdev_major != right.rdev_major || left.rdev_minor != right.rdev_minor) {
            return RowDifference::content;
        }
        return same_access && left.mode == right.mode ? RowDifference::none
                                                      : RowDifference::metadata;
    case tar::Type::regular:
    case tar::Type::hard_link:
        if (!same_content(left, right)) {
            return RowDifference::content;
        }
        break;
    case tar::Type::directory:
    case tar::Type::fifo:
        break;
    }
    return same_access && left.mode == right.mode && same_time(left, right)
               ? RowDifference::none
               : RowDifference::metadata;
}

}  // namespace duplid::operation
