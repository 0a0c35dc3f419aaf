// JSON Schema of messages, from the same description that reads and writes them.
#pragma once

#include "proto/field.hpp"

#include <nlohmann/json.hpp>

#include <functional>

namespace duplid::proto {

/// An object schema of the members that `describe` names.
[[nodiscard]] Json schema_of_members(const std::function<void(Fields&)>& describe);

template <Message T>
[[nodiscard]] Json schema_of()
{
    T message;
    return schema_of_members([&message](Fields& fields) { message.describe(fields); });
}

}  // namespace duplid::proto
