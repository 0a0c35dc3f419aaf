#include "proto/envelope.hpp"

#include "proto/reader.hpp"
#include "proto/scan.hpp"
#include "proto/text.hpp"
#include "proto/writer.hpp"

#include <utility>

namespace duplid::proto {

namespace {

constexpr std::string_view version_member = "jsonrpc";
constexpr std::string_view version = "2.0";

Json parse(std::string_view line)
{
    auto json = Json::parse(line.begin(), line.end(), nullptr, false);
    if (json.is_discarded()) {
        throw ProtocolError{{ErrorKind::parse_error, "the line is not JSON", "", ""}};
    }
    return json;
}

bool is_rpc_object(const Json& json)
{
    if (!json.is_object()) {
        return false;
    }
    const auto found = json.find(version_member);
    return found != json.end() && *found == version;
}

[[noreturn]] void refuse(const std::string& cause)
{
    throw ProtocolError{{ErrorKind::invalid_request, cause, "", ""}};
}

Json id_of(const Json& json)
{
    const auto found = json.find("id");
    const bool usable = found != json.end() && (found->is_number_integer() || found->is_string());
    return usable ? *found : Json{};
}

Request request_from(Json json, std::vector<SecretText> secrets)
{
    if (!is_rpc_object(json)) {
        refuse("not a JSON-RPC 2.0 request");
    }
    Request request{id_of(json), "", {}, std::move(secrets)};
    if (request.id.is_null()) {
        refuse("a request needs an id that is an integer or a string");
    }
    const auto method = json.find("method");
    if (method == json.end() || !method->is_string()) {
        refuse("a request needs a method");
    }
    request.method = method->get<std::string>();
    if (const auto params = json.find("params"); params != json.end()) {
        if (!params->is_object()) {
            refuse("params must be an object");
        }
        request.params = std::move(*params);
    }
    return request;
}

/// JSON-RPC has `code` and `message`; the rest goes into its `data`.
RpcError error_from(const Json& json)
{
    RpcError error;
    if (!json.is_object()) {
        refuse("an error must be an object");
    }
    if (const auto data = json.find("data"); data != json.end() && data->is_object()) {
        error = read_message<RpcError>(*data, Strictness::reply);
    } else {
        error.kind = ErrorKind::other;
    }
    if (const auto message = json.find("message"); message != json.end() && message->is_string()) {
        error.cause = message->get<std::string>();
    }
    return error;
}

template <class Buffer>
Buffer line_of(const Json& json)
{
    const auto text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    Buffer line;
    line.reserve(text.size() + 1);
    line.insert(line.end(), text.begin(), text.end());
    line.push_back('\n');
    return line;
}

Json envelope()
{
    return {{version_member, version}};
}

}  // namespace

Request parse_request(WipedBuffer line)
{
    Json id;
    try {
        auto secrets = take_secrets(line);
        auto json = parse(text_of(line));
        if (json.is_object()) {
            id = id_of(json);
        }
        return request_from(std::move(json), std::move(secrets));
    } catch (const ProtocolError& error) {
        throw RequestError{std::move(id), error.error()};
    }
}

std::variant<Reply, Notification> parse_message(std::string_view line)
{
    auto json = parse(line);
    if (!is_rpc_object(json)) {
        refuse("not a JSON-RPC 2.0 message");
    }
    if (const auto method = json.find("method"); method != json.end()) {
        if (!method->is_string()) {
            refuse("a method must be a string");
        }
        return Notification{method->get<std::string>(), json.value("params", Json::object())};
    }
    auto id = id_of(json);
    if (const auto error = json.find("error"); error != json.end()) {
        return Reply{std::move(id), error_from(*error)};
    }
    const auto result = json.find("result");
    if (result == json.end()) {
        refuse("a message needs a method, a result or an error");
    }
    return Reply{std::move(id), std::move(*result)};
}

WipedBuffer request_line(std::uint64_t id, std::string_view method, Json params)
{
    auto json = envelope();
    json["id"] = id;
    json["method"] = method;
    json["params"] = std::move(params);
    return line_of<WipedBuffer>(json);
}

std::string reply_line(const Json& id, Json result)
{
    auto json = envelope();
    json["id"] = id;
    json["result"] = std::move(result);
    return line_of<std::string>(json);
}

std::string error_line(const Json& id, const RpcError& error)
{
    auto json = envelope();
    json["id"] = id;
    json["error"] = {
        {"code", error.code()}, {"message", to_utf8(error.cause)}, {"data", write_message(error)}};
    return line_of<std::string>(json);
}

std::string notification_line(std::string_view method, Json params)
{
    auto json = envelope();
    json["method"] = method;
    json["params"] = std::move(params);
    return line_of<std::string>(json);
}

}  // namespace duplid::proto
