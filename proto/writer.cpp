#include "proto/writer.hpp"

#include "proto/text.hpp"

namespace duplid::proto {

namespace {

class Writer final : public Fields {
public:
    void member(const Field& field, bool& value) override { put(field, value); }
    void member(const Field& field, std::int64_t& value) override { put(field, value); }
    void member(const Field& field, std::uint64_t& value) override { put(field, value); }
    void member(const Field& field, double& value) override { put(field, value); }

    void member(const Field& field, std::string& value) override
    {
        if (!value.empty() || field.required) {
            put(field, to_utf8(value));
        }
    }

    void member(const Field& field, std::vector<std::string>& value) override
    {
        if (!value.empty() || field.required) {
            auto items = Json::array();
            for (const auto& item : value) {
                items.push_back(to_utf8(item));
            }
            put(field, std::move(items));
        }
    }

    void member(const Field& field, SecretText& value) override
    {
        if (!value.is_set()) {
            return;
        }
        if (is_utf8(value.reveal())) {
            put(field, std::string{value.reveal()});
        } else {
            put(twin_of(field), base64(value.reveal()));
        }
    }

    void member(const Field& field, Json& value) override { put(field, value); }

    void path(const Field& field, std::string& value) override
    {
        if (value.empty() && !field.required) {
            return;
        }
        put(field, to_utf8(value));
        if (!is_utf8(value)) {
            put(twin_of(field), base64(value));
        }
    }

    [[nodiscard]] Json take() noexcept { return std::move(object_); }

protected:
    void choice(const Field& field, std::span<const Choice> choices, int& value) override
    {
        for (const auto& known : choices) {
            if (known.value == value) {
                put(field, known.name);
            }
        }
    }

    void object(const Field& field, const std::function<void(Fields&)>& describe) override
    {
        put(field, write_members(describe));
    }

    void list(const Field& field, std::size_t count,
              const std::function<void(Fields&, std::size_t)>& describe) override
    {
        if (count == 0 && !field.required) {
            return;
        }
        auto items = Json::array();
        for (std::size_t index = 0; index < count; ++index) {
            items.push_back(write_members([&](Fields& fields) { describe(fields, index); }));
        }
        put(field, std::move(items));
    }

    bool present(const Field&, bool has_value) override { return has_value; }

private:
    [[nodiscard]] static Field twin_of(Field field)
    {
        field.twin = true;
        return field;
    }

    void put(const Field& field, Json value) { object_[field.wire_name()] = std::move(value); }

    Json object_ = Json::object();
};

}  // namespace

Json write_members(const std::function<void(Fields&)>& describe)
{
    Writer writer;
    describe(writer);
    return writer.take();
}

}  // namespace duplid::proto
