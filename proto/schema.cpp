#include "proto/schema.hpp"

namespace duplid::proto {

namespace {

class SchemaWriter final : public Fields {
public:
    void member(const Field& field, bool&) override { add(field, {{"type", "boolean"}}); }
    void member(const Field& field, std::int64_t&) override { add(field, {{"type", "integer"}}); }
    void member(const Field& field, std::uint64_t&) override
    {
        add(field, {{"type", "integer"}, {"minimum", field.min}, {"maximum", field.max}});
    }
    void member(const Field& field, double&) override { add(field, {{"type", "number"}}); }
    void member(const Field& field, std::string&) override { add(field, {{"type", "string"}}); }
    void member(const Field& field, std::vector<std::string>&) override
    {
        add(field, {{"type", "array"}, {"items", {{"type", "string"}}}});
    }
    void member(const Field& field, SecretText&) override
    {
        add(field, {{"type", "string"}, {"writeOnly", true}});
        add_twin(field, {{"type", "string"}, {"writeOnly", true}});
    }
    void member(const Field& field, Json&) override { add(field, Json::object()); }
    void path(const Field& field, std::string&) override
    {
        add(field, {{"type", "string"}});
        add_twin(field, {{"type", "string"}});
    }

    [[nodiscard]] Json take()
    {
        Json schema{{"type", "object"}, {"properties", std::move(properties_)}};
        if (!required_.empty()) {
            schema["required"] = std::move(required_);
        }
        return schema;
    }

protected:
    void choice(const Field& field, std::span<const Choice> choices, int&) override
    {
        auto words = Json::array();
        for (const auto& known : choices) {
            if (known.name != "other") {
                words.push_back(known.name);
            }
        }
        add(field, {{"type", "string"}, {"enum", std::move(words)}});
    }

    void object(const Field& field, const std::function<void(Fields&)>& describe) override
    {
        add(field, schema_of_members(describe));
    }

    void list(const Field& field, std::size_t,
              const std::function<void(Fields&, std::size_t)>& describe) override
    {
        add(field,
            {{"type", "array"},
             {"items", schema_of_members([&describe](Fields& fields) { describe(fields, 0); })}});
    }

    bool present(const Field&, bool) override { return true; }

private:
    void add(const Field& field, Json schema)
    {
        schema["description"] = field.about;
        properties_[std::string{field.name}] = std::move(schema);
        if (field.required) {
            required_.push_back(field.name);
        }
    }

    void add_twin(const Field& field, Json schema)
    {
        schema["description"] = "the same in base64, for what is not UTF-8; counts before it";
        schema["contentEncoding"] = "base64";
        properties_[std::string{field.name} + "_b64"] = std::move(schema);
    }

    Json properties_ = Json::object();
    Json required_ = Json::array();
};

}  // namespace

Json schema_of_members(const std::function<void(Fields&)>& describe)
{
    SchemaWriter writer;
    describe(writer);
    return writer.take();
}

}  // namespace duplid::proto
