// From JSON to message structs.
#pragma once

#include "proto/field.hpp"

#include <functional>
#include <span>

namespace duplid::proto {

/// How unknown things are met.
enum class Strictness {
    request,  ///< unknown members and words are errors that name the nearest known one
    reply,    ///< unknown members are ignored, unknown words mean "other"
};

/// Fills a message by calling `describe` on the members of `object` (null counts as empty).
/// `secrets` are those that Scan took out of the line (scan.hpp).
/// Throws: ProtocolError invalid_params, naming the member.
void read_members(const Json& object, Strictness strictness, std::span<const SecretText> secrets,
                  const std::function<void(Fields&)>& describe);

template <Message T>
[[nodiscard]] T read_message(const Json& object, Strictness strictness,
                             std::span<const SecretText> secrets = {})
{
    T message;
    read_members(object, strictness, secrets,
                 [&message](Fields& fields) { message.describe(fields); });
    return message;
}

/// The candidate most like `word`, or empty when none is near enough to be meant.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace duplid::proto
