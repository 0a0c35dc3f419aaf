// From message structs to JSON.
#pragma once

#include "proto/field.hpp"

#include <nlohmann/json.hpp>

#include <functional>

namespace duplid::proto {

/// The members that `describe` names, as a JSON object. Empty texts, paths and lists and absent
/// optionals are left out. Secrets are written as text: only clients send any.
[[nodiscard]] Json write_members(const std::function<void(Fields&)>& describe);

template <Message T>
[[nodiscard]] Json write_message(const T& message)
{
    // describe() is one function for reading and writing; a writer changes nothing.
    auto& described = const_cast<T&>(message);
    return write_members([&described](Fields& fields) { described.describe(fields); });
}

}  // namespace duplid::proto
