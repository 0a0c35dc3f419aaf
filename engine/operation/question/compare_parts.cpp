#include "engine/operation/question/compare_parts.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/question/row_difference.hpp"

#include <algorithm>

namespace duplid::operation {

namespace {

void put(const cache::FileRow* row, std::optional<ListedFile>& file)
{
    file.reset();
    if (row != nullptr) {
        put_file(*row, file.emplace());
    }
}

}  // namespace

/// Progress is told of now and then: most paths cost less than telling of them does.
void DifferenceTeller::count()
{
    constexpr std::uint64_t paths_between = 256;
    if (++outcome_.compared % paths_between == 0) {
        progress_.files_done = outcome_.compared;
        progress_.files_expected = std::max(progress_.files_expected, outcome_.compared);
        monitor_.progress(progress_);
    }
}

bool DifferenceTeller::give()
{
    ++outcome_.differences;
    return take_(difference_);
}

bool DifferenceTeller::tell(const cache::FileRow* before, const cache::FileRow* after)
{
    count();
    if (before != nullptr && after != nullptr) {
        const auto difference = difference_of(*before, *after);
        if (difference == RowDifference::none) {
            return true;
        }
        difference_.kind = difference == RowDifference::content ? PathDifference::Kind::changed
                                                                : PathDifference::Kind::metadata;
    } else {
        difference_.kind =
            before != nullptr ? PathDifference::Kind::removed : PathDifference::Kind::added;
    }
    difference_.path = naming::path_of_key((before != nullptr ? before : after)->key);
    put(before, difference_.before);
    put(after, difference_.after);
    difference_.error.clear();
    return give();
}

bool DifferenceTeller::tell_unreadable(const std::string& path, const std::string& error)
{
    difference_ = {.kind = PathDifference::Kind::unreadable,
                   .path = path,
                   .before = {},
                   .after = {},
                   .error = error};
    ++outcome_.unreadable;
    return give();
}

}  // namespace duplid::operation
