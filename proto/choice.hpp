// Names of the values of an enumeration.
#pragma once

#include <string_view>

namespace duplid::proto {

/// One value and its word. Every enumeration that travels has `choices_of(Enum)`, found by
/// argument-dependent look-up. In enumerations of replies, the entry called "other" stands for
/// words this program does not know.
struct Choice {
    int value;
    std::string_view name;
};

}  // namespace duplid::proto
