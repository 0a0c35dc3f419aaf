#include "proto/error.hpp"

#include "proto/field.hpp"

#include <algorithm>
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

constexpr std::array details{
    ErrorDetail{"list_not_opened", "a list of files cannot be opened", ""},
    ErrorDetail{"cannot_match", "a rule can match nothing below the source", ""},
    ErrorDetail{"bad_expression", "a glob or regular expression makes no sense", ""},
    ErrorDetail{"redundant_inclusion", "the last rule includes what is included anyway", ""},
    ErrorDetail{"redundant_filter", "filters say what is so without them, and nothing else is said",
                ""},
    ErrorDetail{"trailing_filter", "the last rule is a filter, which changes none", ""},
    ErrorDetail{"absolute_files_from", "a name of files-from is absolute", ""},
    ErrorDetail{"empty_files_from", "files-from names nothing", ""},
    ErrorDetail{"host_mismatch", "the chain was made on another host", "current, previous"},
    ErrorDetail{"source_mismatch", "the chain was made of another source", "current, previous"},
    ErrorDetail{"no_signatures", "there is no chain to be continued", ""},
    ErrorDetail{"no_backup", "there is no backup on the target", ""},
    ErrorDetail{"not_in_archive", "the path is not in the archive", "path"},
    ErrorDetail{"older_than_all", "no backup is as old as the time asked for", ""},
    ErrorDetail{"destination_occupied", "something stands where to restore to", "path"},
    ErrorDetail{"hash_mismatch", "a volume is not what its manifest says",
                "volume, calculated, expected"},
    ErrorDetail{"volume_missing", "a volume is not on the target", "volume"},
    ErrorDetail{"wrong_size", "a file arrived on the target with another size",
                "volume, local_bytes, target_bytes (-1: it is not there)"},
    ErrorDetail{"wrong_signer", "a file was signed with another key than sign_key, or not at all",
                "signer (a fingerprint; empty: nobody known), wanted"},
    ErrorDetail{"secret_wrong", "the passphrase is not the right one", "gpg_log (its own words)"},
    ErrorDetail{"secret_missing", "a passphrase is needed and none was given", "gpg_log"},
    ErrorDetail{"locked", "another program is at work in the archive directory or on the target",
                ""},
    ErrorDetail{"unreadable", "a file or folder of the source cannot be read", "path, errno"},
    ErrorDetail{"changed_while_read", "a file of the source changed while it was read", "path"},
    ErrorDetail{"not_written", "an object could not be restored as it was", "path, errno"},
    ErrorDetail{"damaged", "an object is damaged in the archive", "path"},
    ErrorDetail{"archive_directory", "the directory of the cache cannot be made or used", ""},
    ErrorDetail{"bad_url", "a URL that cannot be understood", "missing (\"host\")"},
    ErrorDetail{"unsupported_scheme", "a URL of a kind of target that there is not", ""},
    ErrorDetail{"vetoed", "a hook that is run before a job's run said no", "status"},
    ErrorDetail{"hook_failed", "a hook that is run after a job's run failed", "status"},
    ErrorDetail{"command_failed", "a command whose output was to be a file of the backup failed",
                "path, status"},
    ErrorDetail{"forced_failure", "fail_on_volume asked for it", "volume_number"},
};

}  // namespace

std::span<const ErrorDetail> error_details() noexcept
{
    return details;
}

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

const std::string* RpcError::fact(std::string_view wanted) const noexcept
{
    const auto found = std::ranges::find(facts, wanted, &RpcFact::name);
    return found == facts.end() ? nullptr : &found->value;
}

void RpcFact::describe(Fields& fields)
{
    fields.member({"name", "", true}, name);
    fields.path({"value", "", true}, value);
}

void RpcError::describe(Fields& fields)
{
    fields.member({"name", "kind of error", true}, kind);
    fields.member({"cause", "what happened", true}, cause);
    fields.path({"object", "the file, path, URL or key concerned"}, object);
    fields.member({"hint", "what a person can do"}, hint);
    fields.member({"detail", "a stable word that narrows the kind down"}, detail);
    fields.member({"facts", "values that belong to the error"}, facts);
}

}  // namespace duplid::proto
