// The globs without wildcards of all rules, found by hashing.
#pragma once

#include "engine/select/glob.hpp"

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace duplid::select {

/// Finds the first rule that concerns a path without asking each: lists with a hundred thousand
/// plain paths cost no more than a few look-ups per path.
class LiteralIndex {
public:
    /// Greater than any rule's position.
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    struct Found {
        std::size_t match = none;  ///< the first rule that matches the path or a parent of it
        std::size_t below = none;  ///< the first include rule of something below the path
    };

    /// `glob.is_literal()` must hold. Positions must be given in ascending order.
    void add(const Glob& glob, std::size_t position, bool include);

    [[nodiscard]] Found find(std::string_view path, bool is_directory) const;

private:
    struct Positions {
        std::size_t anything = none;   // without trailing slash
        std::size_t directory = none;  // with one
        std::size_t below = none;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept
        {
            return std::hash<std::string_view>{}(text);
        }
    };

    [[nodiscard]] const Positions* at(std::string_view path) const;

    std::unordered_map<std::string, Positions, Hash, std::equal_to<>> paths_;
};

}  // namespace duplid::select
