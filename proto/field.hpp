// One description of a message serves to read it, to write it and to print its schema.
//
// Each message struct has `void describe(Fields&)`, which names its members in order. Reader fills
// them from JSON, Writer turns them into JSON, SchemaWriter only looks at their names and types.
#pragma once

#include "proto/choice.hpp"
#include "proto/secret_text.hpp"

#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace duplid::proto {

using Json = nlohmann::json;

struct Field {
    std::string_view name;
    std::string_view about;
    bool required = false;
    /// Bounds of numbers, and of the count of items in lists.
    std::uint64_t min = 0;
    std::uint64_t max = std::numeric_limits<std::int64_t>::max();
    /// This is the `_b64` twin of the member called `name`.
    bool twin = false;

    [[nodiscard]] std::string wire_name() const { return std::string{name} + (twin ? "_b64" : ""); }
};

/// A message, or a part of one, that can describe itself.
template <class T>
concept Message = requires(T& message, class Fields& fields)
{
    message.describe(fields);
};

template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value)
{
    choices_of(value);
};

class Fields {
public:
    Fields() = default;
    Fields(const Fields&) = delete;
    Fields& operator=(const Fields&) = delete;
    virtual ~Fields() = default;

    virtual void member(const Field& field, bool& value) = 0;
    virtual void member(const Field& field, std::int64_t& value) = 0;
    virtual void member(const Field& field, std::uint64_t& value) = 0;
    virtual void member(const Field& field, double& value) = 0;
    /// Text that is UTF-8 by its nature: names, words, messages.
    virtual void member(const Field& field, std::string& value) = 0;
    virtual void member(const Field& field, std::vector<std::string>& value) = 0;
    virtual void member(const Field& field, SecretText& value) = 0;
    /// Any JSON value.
    virtual void member(const Field& field, Json& value) = 0;
    /// A path, or text from one: bytes. Travels as `name`, and, when it is not UTF-8, also as
    /// `name_b64`, which then counts while `name` is only for eyes.
    virtual void path(const Field& field, std::string& value) = 0;

    void member(const Field& field, std::uint32_t& value)
    {
        std::uint64_t wide = value;
        Field bounded = field;
        bounded.max = std::min<std::uint64_t>(field.max, std::numeric_limits<std::uint32_t>::max());
        member(bounded, wide);
        value = static_cast<std::uint32_t>(wide);
    }

    template <NamedEnum Enum>
    void member(const Field& field, Enum& value)
    {
        auto number = static_cast<int>(value);
        choice(field, choices_of(value), number);
        value = static_cast<Enum>(number);
    }

    template <Message T>
    void member(const Field& field, T& value)
    {
        object(field, [&value](Fields& inner) { value.describe(inner); });
    }

    template <Message T>
    void member(const Field& field, std::vector<T>& value)
    {
        list(field, value.size(), [&value](Fields& inner, std::size_t index) {
            // A reader meets items that are not there yet, a schema writer meets one of none.
            if (index >= value.size()) {
                value.resize(index + 1);
            }
            value[index].describe(inner);
        });
    }

    template <class T>
    void member(const Field& field, std::optional<T>& value)
    {
        if (!present(field, value.has_value())) {
            value.reset();
            return;
        }
        if (!value) {
            value.emplace();
        }
        member(field, *value);
    }

protected:
    virtual void choice(const Field& field, std::span<const Choice> choices, int& value) = 0;
    virtual void object(const Field& field, const std::function<void(Fields&)>& describe) = 0;
    virtual void list(const Field& field, std::size_t count,
                      const std::function<void(Fields&, std::size_t)>& describe) = 0;
    /// Whether an optional member is there, or is to be written (`has_value`).
    [[nodiscard]] virtual bool present(const Field& field, bool has_value) = 0;
};

}  // namespace duplid::proto
