#include "proto/reader.hpp"

#include "proto/error.hpp"
#include "proto/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace duplid::proto {

namespace {

/// Reads the members of one object; `where` names it in errors ("" or "archive.sets[3].").
class Reader final : public Fields {
public:
    Reader(const Json& object, std::string where, Strictness strictness,
           std::span<const SecretText> secrets)
        : object_{object}, where_{std::move(where)}, strictness_{strictness}, secrets_{secrets}
    {
    }

    void member(const Field& field, bool& value) override
    {
        if (const auto* json = find(field)) {
            expect(json->is_boolean(), field, "true or false");
            value = json->get<bool>();
        }
    }

    void member(const Field& field, std::int64_t& value) override
    {
        if (const auto* json = find(field)) {
            expect(json->is_number_integer(), field, "an integer");
            // The library keeps what is beyond int64 as unsigned.
            expect(!json->is_number_unsigned() ||
                       json->get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max(),
                   field, "an integer below 2^63");
            value = json->get<std::int64_t>();
        }
    }

    void member(const Field& field, std::uint64_t& value) override
    {
        if (const auto* json = find(field)) {
            const bool in_range = json->is_number_unsigned() &&
                                  json->get<std::uint64_t>() >= field.min &&
                                  json->get<std::uint64_t>() <= field.max;
            expect(in_range, field,
                   "a whole number from " + std::to_string(field.min) + " to " +
                       std::to_string(field.max));
            value = json->get<std::uint64_t>();
        }
    }

    void member(const Field& field, double& value) override
    {
        if (const auto* json = find(field)) {
            expect(json->is_number(), field, "a number");
            value = json->get<double>();
        }
    }

    void member(const Field& field, std::string& value) override
    {
        if (const auto* json = find(field)) {
            value = text(*json, field);
        }
    }

    void member(const Field& field, std::vector<std::string>& value) override
    {
        if (const auto* json = find(field)) {
            expect_list(*json, field);
            value.clear();
            for (const auto& item : *json) {
                value.push_back(text(item, field));
            }
        }
    }

    void member(const Field& field, SecretText& value) override
    {
        if (const auto* json = find(field)) {
            value = secret(*json, field);
        }
        const Field twin = twin_of(field);
        if (const auto* json = find(twin)) {
            auto bytes = base64_decoded_secret(secret(*json, twin).reveal());
            expect(bytes.has_value(), twin, "base64");
            value = SecretText{std::move(*bytes)};
        }
    }

    void member(const Field& field, Json& value) override
    {
        if (const auto* json = find(field)) {
            value = *json;
        }
    }

    void path(const Field& field, std::string& value) override
    {
        const Field twin = twin_of(field);
        if (const auto* json = find(twin)) {
            auto bytes = base64_decoded(text(*json, twin));
            expect(bytes.has_value(), twin, "base64");
            value = std::move(*bytes);
            known_.emplace_back(field.name);
        } else if (const auto* plain = find(field)) {
            value = text(*plain, field);
        }
        // No system call could take such a path; cut short at the NUL it would name another one.
        expect(value.find('\0') == std::string::npos, field, "without a NUL byte");
    }

    /// Called last. Throws for members that nobody asked about.
    void finish() const
    {
        if (strictness_ == Strictness::reply || object_.is_null()) {
            return;
        }
        for (const auto& [name, value] : object_.items()) {
            if (std::find(known_.begin(), known_.end(), name) != known_.end()) {
                continue;
            }
            std::vector<std::string_view> known{known_.begin(), known_.end()};
            const auto suggestion = nearest(name, known);
            throw ProtocolError{
                {ErrorKind::invalid_params, "unknown member", to_utf8(where_ + name),
                 suggestion.empty() ? std::string{}
                                    : "did you mean " + std::string{suggestion} + "?"}};
        }
    }

protected:
    void choice(const Field& field, std::span<const Choice> choices, int& value) override
    {
        const auto* json = find(field);
        if (json == nullptr) {
            return;
        }
        const auto word = text(*json, field);
        std::string words;
        const Choice* other = nullptr;
        for (const auto& known : choices) {
            if (known.name == "other") {
                other = &known;
                continue;
            }
            if (known.name == word) {
                value = known.value;
                return;
            }
            words += (words.empty() ? "" : ", ") + std::string{known.name};
        }
        // A newer daemon may know words that this program does not.
        if (other != nullptr && strictness_ == Strictness::reply) {
            value = other->value;
            return;
        }
        expect(false, field, "one of " + words);
    }

    void object(const Field& field, const std::function<void(Fields&)>& describe) override
    {
        if (const auto* json = find(field)) {
            read_object(*json, where_ + std::string{field.name} + ".", describe);
        }
    }

    void list(const Field& field, std::size_t,
              const std::function<void(Fields&, std::size_t)>& describe) override
    {
        const auto* json = find(field);
        if (json == nullptr) {
            return;
        }
        expect_list(*json, field);
        for (std::size_t index = 0; index < json->size(); ++index) {
            read_object((*json)[index],
                        where_ + std::string{field.name} + "[" + std::to_string(index) + "].",
                        [&](Fields& fields) { describe(fields, index); });
        }
    }

    bool present(const Field& field, bool) override
    {
        known_.emplace_back(field.name);
        const auto found = object_.find(field.name);
        return found != object_.end() && !found->is_null();
    }

private:
    [[nodiscard]] static Field twin_of(const Field& field)
    {
        return {field.name, field.about, false, field.min, field.max, true};
    }

    void read_object(const Json& json, std::string where,
                     const std::function<void(Fields&)>& describe) const
    {
        if (!json.is_object()) {
            where.pop_back();
            refuse(where, "must be an object");
        }
        Reader inner{json, std::move(where), strictness_, secrets_};
        describe(inner);
        inner.finish();
    }

    /// The member, or nothing when it is absent (which is an error if it is required).
    const Json* find(const Field& field)
    {
        const auto name = field.wire_name();
        known_.push_back(name);
        const auto found = object_.find(name);
        if (found != object_.end()) {
            return &*found;
        }
        if (field.required && strictness_ == Strictness::request) {
            refuse(where_ + name, "is missing");
        }
        return nullptr;
    }

    void expect(bool fulfilled, const Field& field, const std::string& what) const
    {
        if (!fulfilled) {
            refuse(where_ + field.wire_name(), "must be " + what);
        }
    }

    void expect_list(const Json& json, const Field& field) const
    {
        expect(json.is_array(), field, "a list");
        expect(json.size() <= field.max, field,
               "a list of at most " + std::to_string(field.max) + " items");
    }

    [[nodiscard]] std::string text(const Json& json, const Field& field) const
    {
        expect(json.is_string(), field, "a string");
        return json.get<std::string>();
    }

    [[nodiscard]] SecretText secret(const Json& json, const Field& field) const
    {
        const bool taken = json.is_number_unsigned() && json.get<std::uint64_t>() < secrets_.size();
        expect(taken, field, "a string");
        return secrets_[json.get<std::size_t>()];
    }

    [[noreturn]] static void refuse(std::string object, std::string cause)
    {
        throw ProtocolError{{ErrorKind::invalid_params, object + " " + cause, to_utf8(object), ""}};
    }

    const Json& object_;
    std::string where_;
    Strictness strictness_;
    std::span<const SecretText> secrets_;
    std::vector<std::string> known_;
};

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
        }
    }
    return row.back();
}

}  // namespace

void read_members(const Json& object, Strictness strictness, std::span<const SecretText> secrets,
                  const std::function<void(Fields&)>& describe)
{
    if (!object.is_object() && !object.is_null()) {
        throw ProtocolError{{ErrorKind::invalid_params, "params must be an object", "", ""}};
    }
    static const Json no_members = Json::object();
    Reader reader{object.is_null() ? no_members : object, "", strictness, secrets};
    describe(reader);
    reader.finish();
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates)
{
    // Longer words are nobody's slip of the finger, and the distance costs their product.
    constexpr std::size_t word_bytes_max = 64;
    std::string_view best;
    auto best_distance = std::min<std::size_t>(word.size() / 2, 3) + 1;
    for (const auto candidate : candidates) {
        const auto distance =
            word.size() > word_bytes_max ? best_distance : edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

}  // namespace duplid::proto
