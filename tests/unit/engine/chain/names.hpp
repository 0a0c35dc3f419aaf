// File names for tests, by days: day 1 is 2024-01-01T00:00:00Z.
#pragma once

#include "engine/chain/collection.hpp"
#include "engine/naming/name.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace duplid::chain::test {

using Names = std::vector<std::string>;

[[nodiscard]] inline std::int64_t day(int number)
{
    return 1704067200 + (number - 1) * std::int64_t{86400};
}

[[nodiscard]] inline naming::SetId full(int at)
{
    return naming::SetId::full_at(day(at));
}

[[nodiscard]] inline naming::SetId inc(int from, int to)
{
    return naming::SetId::increment(day(from), day(to));
}

[[nodiscard]] inline std::string volume(const naming::SetId& set, std::uint32_t number,
                                        naming::Wrapping wrapping = naming::Wrapping::gzip)
{
    return naming::print({.set = set, .volume = number, .wrapping = wrapping}, {});
}

[[nodiscard]] inline std::string manifest(const naming::SetId& set)
{
    return naming::print({.set = set, .kind = naming::FileKind::manifest}, {});
}

[[nodiscard]] inline std::string signatures(const naming::SetId& set)
{
    return naming::print(
        {.set = set, .kind = naming::FileKind::signatures, .wrapping = naming::Wrapping::gzip}, {});
}

/// The names of complete sets of one volume each, without signatures.
[[nodiscard]] inline Names sets(std::initializer_list<naming::SetId> ids)
{
    Names names;
    for (const auto& id : ids) {
        names.push_back(volume(id, 1));
        names.push_back(manifest(id));
    }
    return names;
}

[[nodiscard]] inline Names signatures_of(std::initializer_list<naming::SetId> ids)
{
    Names names;
    for (const auto& id : ids) {
        names.push_back(signatures(id));
    }
    return names;
}

[[nodiscard]] inline Names operator+(Names left, const Names& right)
{
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

[[nodiscard]] inline std::vector<naming::SetId> ids(const std::vector<BackupSet>& sets)
{
    std::vector<naming::SetId> result;
    for (const auto& set : sets) {
        result.push_back(set.id);
    }
    return result;
}

using Ids = std::vector<naming::SetId>;

}  // namespace duplid::chain::test
