// JSON-RPC 2.0: requests, replies and notifications as lines.
//
// Batches (arrays of requests) are refused: they add nothing to a stream of lines.
#pragma once

#include "proto/error.hpp"
#include "proto/field.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace duplid::proto {

/// What a client sends. Requests without an id are not served: every one of ours has an answer.
struct Request {
    Json id;  ///< an integer or a string
    std::string method;
    Json params;                      ///< an object, or null when there were none
    std::vector<SecretText> secrets;  ///< taken out of params, see scan.hpp
};

struct Reply {
    Json id;  ///< null when the request could not be read
    std::variant<Json, RpcError> outcome;

    [[nodiscard]] const RpcError* error() const noexcept { return std::get_if<RpcError>(&outcome); }
    /// Undefined if error() is set.
    [[nodiscard]] const Json& result() const { return std::get<Json>(outcome); }
};

struct Notification {
    std::string method;  ///< "event" or "files"
    Json params;
};

/// Thrown by parse_request(); knows the id as far as one could be read, so that the client can
/// tell which of its requests was meant.
class RequestError : public ProtocolError {
public:
    // Round brackets: in braces, a Json becomes an array of one.
    RequestError(Json id, RpcError error) : ProtocolError{std::move(error)}, id_(std::move(id)) {}
    [[nodiscard]] const Json& id() const noexcept { return id_; }

private:
    Json id_;
};

/// The daemon's side. `line` is consumed and wiped. Throws: RequestError.
[[nodiscard]] Request parse_request(WipedBuffer line);

/// The client's side. Throws: ProtocolError parse_error or invalid_request.
[[nodiscard]] std::variant<Reply, Notification> parse_message(std::string_view line);

/// One line with its newline. Text that is not UTF-8 (a bug of the sender) is replaced, not
/// refused. The buffer is a wiped one, since params may hold secrets.
[[nodiscard]] WipedBuffer request_line(std::uint64_t id, std::string_view method, Json params);
[[nodiscard]] std::string reply_line(const Json& id, Json result);
[[nodiscard]] std::string error_line(const Json& id, const RpcError& error);
[[nodiscard]] std::string notification_line(std::string_view method, Json params);

}  // namespace duplid::proto
