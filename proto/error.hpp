// What can go wrong, as the wire and the shell see it: one table of kinds.
#pragma once

#include "proto/choice.hpp"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::proto {

class Fields;

/// The first ten have the names and meanings of duplid::Error::Kind (storage/io/error.hpp), which
/// proto must not know; daemon/archive/errors.cpp maps one to the other by name. The rest are errors of
/// the conversation itself.
enum class ErrorKind {
    unreachable,
    corrupt,
    not_found,
    denied,
    no_space,
    wrong_secret,
    invalid,
    busy,
    cancelled,
    internal,
    parse_error,      ///< the line is not JSON, too deep, or too long
    invalid_request,  ///< JSON, but not a request
    unknown_method,
    invalid_params,
    hello_first,       ///< a method was called before `hello`
    protocol_too_new,  ///< no protocol number in common
    different,         ///< what was compared is not the same
    too_many,          ///< a limit on connections, runs or questions is reached
    other,             ///< a kind that this program does not know yet
};

/// What the shell is told. Numbers are part of the interface and never change their meaning.
enum class ExitCode {
    ok = 0,
    failed = 1,
    usage = 2,
    warnings = 3,
    not_found = 10,
    busy = 11,
    wrong_passphrase = 12,
    denied = 13,
    unreachable = 14,
    damaged = 15,
    cancelled = 130,
};

struct ErrorRow {
    ErrorKind kind;
    std::string_view name;  ///< as `name` in the wire's error object
    int code;               ///< JSON-RPC code
    ExitCode exit_code;
    std::string_view about;
};

/// All kinds, in the order of the enumeration.
[[nodiscard]] std::span<const ErrorRow> error_table() noexcept;
[[nodiscard]] const ErrorRow& row_of(ErrorKind kind) noexcept;
[[nodiscard]] ErrorKind error_kind_of(std::string_view name) noexcept;  ///< or `other`
[[nodiscard]] std::span<const Choice> choices_of(ErrorKind) noexcept;

/// A value that belongs to an error: a name, a number, a path.
struct RpcFact {
    std::string name;
    std::string value;  ///< bytes

    void describe(Fields& fields);
};

/// A word of RpcError::detail, and what it stands for.
struct ErrorDetail {
    std::string_view word;
    std::string_view about;
    std::string_view facts;  ///< names of those that come with it
};

/// All of them.
[[nodiscard]] std::span<const ErrorDetail> error_details() noexcept;

/// An error as it travels: in replies (as JSON-RPC wants it, see envelope.hpp) and in events.
struct RpcError {
    ErrorKind kind = ErrorKind::internal;
    /// What happened, in one lower-case sentence without a full stop. JSON-RPC's `message`.
    std::string cause;
    std::string object;  ///< the file, path, URL (no password) or key concerned; may be empty
    std::string hint;    ///< what a person can do; may be empty
    /// A stable word that says more exactly which error of its kind this is, where some caller
    /// must know. Each is listed in `error_details()` with the facts that come with it.
    std::string detail = {};
    std::vector<RpcFact> facts = {};

    /// The value of the first fact of that name, or null.
    [[nodiscard]] const std::string* fact(std::string_view wanted) const noexcept;

    [[nodiscard]] int code() const noexcept { return row_of(kind).code; }
    [[nodiscard]] std::string_view name() const noexcept { return row_of(kind).name; }
    [[nodiscard]] ExitCode exit_code() const noexcept { return row_of(kind).exit_code; }

    void describe(Fields& fields);
};

/// Thrown by the parsers of proto.
class ProtocolError : public std::runtime_error {
public:
    explicit ProtocolError(RpcError error)
        : std::runtime_error{error.cause}, error_{std::move(error)}
    {
    }
    [[nodiscard]] const RpcError& error() const noexcept { return error_; }

private:
    RpcError error_;
};

}  // namespace duplid::proto
