// What both comparisons have in common: from two rows to a difference.
#pragma once

#include "engine/operation/question/compare.hpp"
#include "storage/cache/file_row.hpp"

namespace duplid::operation {

class DifferenceTeller {
public:
    /// Both outlive this object.
    DifferenceTeller(const TakeDifference& take, CompareOutcome& outcome)
        : take_{take}, outcome_{outcome}
    {
    }

    /// Of one path; null: it is not there. False when nobody wants to hear more.
    bool tell(const cache::FileRow* before, const cache::FileRow* after);
    bool tell_unreadable(const std::string& path, const std::string& error);

private:
    bool give();

    const TakeDifference& take_;
    CompareOutcome& outcome_;
    PathDifference difference_;
};

}  // namespace duplid::operation
