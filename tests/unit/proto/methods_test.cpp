#include "proto/methods.hpp"
#include "proto/protocol.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <set>

using namespace duplid;

TEST_CASE("the schema describes every method, and fits into a line")
{
    const auto schema = proto::api_schema();
    CHECK(schema["methods"].size() == proto::method_names().size());
    for (const auto name : proto::method_names()) {
        CAPTURE(name);
        const auto& method = schema["methods"][std::string{name}];
        CHECK(method["params"]["type"] == "object");
        CHECK(method["reply"]["type"] == "object");
    }
    const auto& backup = schema["methods"]["backup"]["params"];
    CHECK(backup["required"] == nlohmann::json{"target", "source"});
    CHECK(backup["properties"]["passphrase"]["writeOnly"] == true);
    CHECK(backup["properties"].contains("source_b64"));
    CHECK(backup["properties"]["type"]["enum"] == nlohmann::json{"auto", "full", "incremental"});
    CHECK(backup["properties"]["rules"]["items"]["properties"].contains("kind"));
    CHECK(schema.dump().size() < proto::line_bytes_max);
}

TEST_CASE("each kind of error has a name, a code and an exit code of its own table row")
{
    std::set<std::string_view> names;
    std::set<int> codes;
    for (const auto& row : proto::error_table()) {
        CAPTURE(row.name);
        CHECK(names.insert(row.name).second);
        CHECK(codes.insert(row.code).second);
        CHECK(proto::error_kind_of(row.name) == row.kind);
        CHECK(&proto::row_of(row.kind) == &row);
    }
    // JSON-RPC 2.0, section 5.1.
    CHECK(proto::row_of(proto::ErrorKind::parse_error).code == -32700);
    CHECK(proto::row_of(proto::ErrorKind::invalid_request).code == -32600);
    CHECK(proto::row_of(proto::ErrorKind::unknown_method).code == -32601);
    CHECK(proto::row_of(proto::ErrorKind::invalid_params).code == -32602);
    CHECK(proto::error_kind_of("never heard of") == proto::ErrorKind::other);
}
