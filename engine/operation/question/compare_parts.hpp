// What both comparisons have in common: from two rows to a difference.
#pragma once

#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/question/compare.hpp"
#include "storage/cache/file_row.hpp"

#include <cstdint>
#include <string>

namespace duplid::operation {

class DifferenceTeller {
public:
    /// All outlive this object. `paths`: about how many will be told of.
    DifferenceTeller(const TakeDifference& take, CompareOutcome& outcome, Monitor& monitor,
                     std::uint64_t paths)
        : take_{take}, outcome_{outcome}, monitor_{monitor}
    {
        monitor.phase(Phase::comparing);
        progress_.files_expected = paths;
    }

    /// Of one path; null: it is not there. False when nobody wants to hear more.
    bool tell(const cache::FileRow* before, const cache::FileRow* after);
    bool tell_unreadable(const std::string& path, const std::string& error);

private:
    bool give();
    void count();

    const TakeDifference& take_;
    CompareOutcome& outcome_;
    Monitor& monitor_;
    Progress progress_;
    PathDifference difference_;
};

}  // namespace duplid::operation
