// Selection rules as a job's file has them: one object a rule, its only member named like
// duplicity's option.
#pragma once

#include "proto/backup.hpp"
#include "proto/field.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::jobs {

/// {"exclude": "/home/ann/.cache"}, {"exclude_caches": true}, {"exclude_larger_than": "2G"}
struct Rule {
    /// In the order of the table; what was not said is empty, or false.
    std::vector<std::string> texts;
    std::vector<char> flags;

    Rule();
    void describe(proto::Fields& fields);
    /// How many members were said: one, or the rule makes no sense.
    [[nodiscard]] std::size_t count() const noexcept;
};

/// `now`: what ages count from, epoch seconds. Throws: Error invalid, its object the member.
[[nodiscard]] proto::RuleParams to_params(const Rule& rule, std::int64_t now);

}  // namespace duplid::jobs
