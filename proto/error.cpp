#include "proto/error.hpp"

#include "proto/field.hpp"

#include <array>

namespace duplid::proto {

namespace {

// Codes below -32000 are JSON-RPC's own; ours count up from 1 in the order of the kinds and, like
// exit codes, never change their meaning.
constexpr std::array table{
    ErrorRow{ErrorKind::unreachable, "unreachable", 1, ExitCode::unreachable,
             "the target or a helper did not answer; trying again may help"},
    ErrorRow{ErrorKind::corrupt, "corrupt", 2, ExitCode::damaged,
             "what was read is not what was written"},
    ErrorRow{ErrorKind::not_found, "not_found", 3, ExitCode::not_found,
             "a name that was asked for does not exist"},
    ErrorRow{ErrorKind::denied, "denied", 4, ExitCode::denied,
             "rights or credentials do not suffice"},
    ErrorRow{ErrorKind::no_space, "no_space", 5, ExitCode::failed,
             "a file system or the target is full"},
    ErrorRow{ErrorKind::wrong_secret, "wrong_secret", 6, ExitCode::wrong_passphrase,
             "a passphrase or key does not open what it should"},
    ErrorRow{ErrorKind::invalid, "invalid", 7, ExitCode::usage,
             "what was asked for makes no sense"},
    ErrorRow{ErrorKind::busy, "busy", 8, ExitCode::busy, "somebody else is at work here"},
    ErrorRow{ErrorKind::cancelled, "cancelled", 9, ExitCode::cancelled, "stopped on request"},
    ErrorRow{ErrorKind::internal, "internal", 10, ExitCode::failed,
             "our own mistake, or a library's"},
    ErrorRow{ErrorKind::parse_error, "parse_error", -32700, ExitCode::failed,
             "a line is not JSON, too deep, or too long"},
    ErrorRow{ErrorKind::invalid_request, "invalid_request", -32600, ExitCode::failed,
             "JSON, but not a request"},
    ErrorRow{ErrorKind::unknown_method, "unknown_method", -32601, ExitCode::usage,
             "there is no such method"},
    ErrorRow{ErrorKind::invalid_params, "invalid_params", -32602, ExitCode::usage,
             "a member of params is unknown, missing or of the wrong type"},
    ErrorRow{ErrorKind::hello_first, "hello_first", 11, ExitCode::failed,
             "a method was called before hello"},
    ErrorRow{ErrorKind::protocol_too_new, "protocol_too_new", 12, ExitCode::failed,
             "client and daemon have no protocol number in common"},
    ErrorRow{ErrorKind::different, "different", 15, ExitCode::failed,
             "what was compared is not the same"},
    ErrorRow{ErrorKind::too_many, "too_many", 13, ExitCode::busy,
             "a limit on connections, runs or questions is reached"},
    ErrorRow{ErrorKind::other, "other", 14, ExitCode::failed,
             "a kind of error that this program does not know"},
};

constexpr auto words = [] {
    std::array<Choice, table.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = {static_cast<int>(table[i].kind), table[i].name};
    }
    return all;
}();

}  // namespace

std::span<const ErrorRow> error_table() noexcept
{
    return table;
}

const ErrorRow& row_of(ErrorKind kind) noexcept
{
    for (const auto& row : table) {
        if (row.kind == kind) {
            return row;
        }
    }
    return table.back();
}

ErrorKind error_kind_of(std::string_view name) noexcept
{
    for (const auto& row : table) {
        if (row.name == name) {
            return row.kind;
        }
    }
    return ErrorKind::other;
}

std::span<const Choice> choices_of(ErrorKind) noexcept
{
    return words;
}

void RpcError::describe(Fields& fields)
{
    fields.member({"name", "kind of error", true}, kind);
    fields.member({"cause", "what happened", true}, cause);
    fields.path({"object", "the file, path, URL or key concerned"}, object);
    fields.member({"hint", "what a person can do"}, hint);
    fields.member({"detail", "a stable word that narrows the kind down"}, detail);
}

}  // namespace duplid::proto
