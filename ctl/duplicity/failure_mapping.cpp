#include "ctl/duplicity/failure_mapping.hpp"

#include "ctl/duplicity/machine_log.hpp"
#include "proto/target_variables.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace duplid::duplicity {

namespace {

constexpr std::string_view mismatch_advice =
    "Aborting because you may have accidentally tried to backup two different data sets to the "
    "same remote location, or using the same archive directory.  If this is not a mistake, use "
    "the --allow-source-mismatch switch to avoid seeing this message";

struct Failed {
    const proto::RpcError& error;
    const Invocation& invocation;

    [[nodiscard]] std::string fact(std::string_view name) const
    {
        const auto* const value = error.fact(name);
        return value == nullptr ? std::string{} : *value;
    }
};

std::optional<int> errno_of(const Failed& failed)
{
    const auto text = failed.fact("errno");
    int number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    return result.ec == std::errc{} && number > 0 ? std::optional{number} : std::nullopt;
}

/// The class that Python has for an errno.
std::string_view class_of(int error_number) noexcept
{
    switch (error_number) {
    case ENOENT:
        return "FileNotFoundError";
    case EACCES:
    case EPERM:
        return "PermissionError";
    case EEXIST:
        return "FileExistsError";
    case ENOTDIR:
        return "NotADirectoryError";
    case EISDIR:
        return "IsADirectoryError";
    default:
        return "OSError";
    }
}

std::string base_name(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

Fatal source_changed(const Failed& failed, ErrorCode code, std::string_view what,
                     std::string_view name)
{
    const auto current = failed.fact("current");
    const auto previous = failed.fact("previous");
    return Fatal{code,
                 fmt::format("Fatal Error: Backup source {} has changed.\nCurrent {}: {}\n"
                             "Previous {}: {}\n\n{}",
                             what, name, current, name, previous, mismatch_advice),
                 {quoted(current), quoted(previous)}};
}

Fatal host_mismatch(const Failed& failed)
{
    return source_changed(failed, ErrorCode::hostname_mismatch, "host", "hostname");
}

Fatal source_mismatch(const Failed& failed)
{
    return source_changed(failed, ErrorCode::source_dir_mismatch, "directory", "directory");
}

Fatal locked(const Failed& /*failed*/)
{
    return Fatal{ErrorCode::user_error,
                 "Another duplicity instance is already running with this archive directory\n"};
}

Fatal no_signatures(const Failed& /*failed*/)
{
    return Fatal{ErrorCode::inc_without_sigs,
                 "Fatal Error: Unable to start incremental backup.  Old signatures not found and "
                 "incremental specified"};
}

Fatal no_backup(const Failed& /*failed*/)
{
    return exception_error("CollectionsError", "No backup chains found");
}

Fatal not_in_archive(const Failed& failed)
{
    return Fatal{ErrorCode::restore_dir_not_found,
                 fmt::format("{} not found in archive - no files restored.", failed.fact("path"))};
}

Fatal destination_occupied(const Failed& failed)
{
    return Fatal{ErrorCode::restore_dir_exists,
                 fmt::format("Restore destination directory {} already exists.\n"
                             "Will not overwrite.",
                             failed.invocation.local_path)};
}

Fatal hash_mismatch(const Failed& failed)
{
    return Fatal{ErrorCode::mismatched_hash,
                 fmt::format("Invalid data - SHA1 hash mismatch for file:\n {}\n"
                             " Calculated hash: {}\n Manifest hash: {}\n",
                             failed.fact("volume"), failed.fact("calculated"),
                             failed.fact("expected"))};
}

Fatal volume_missing(const Failed& failed)
{
    const auto name = failed.fact("volume");
    return Fatal{ErrorCode::backend_not_found,
                 fmt::format("The volume {} is not on the target.", name),
                 {"get", quoted(name)}};
}

Fatal wrong_size(const Failed& failed)
{
    const auto name = failed.fact("volume");
    return Fatal{ErrorCode::volume_wrong_size,
                 fmt::format("File {} was corrupted during upload.", name),
                 {quoted(name), failed.fact("local_bytes"), failed.fact("target_bytes")}};
}

/// As much of both keys as both have: a signer nobody knows is called None.
Fatal wrong_signer(const Failed& failed)
{
    constexpr std::size_t key_id_digits = 16;
    const auto end_of = [](const std::string& text, std::size_t length) {
        return text.substr(text.size() - std::min(length, text.size()));
    };
    const auto known = failed.fact("signer");
    const auto signer = known.empty() ? std::string{"None"} : end_of(known, key_id_digits);
    auto wanted = failed.fact("wanted");
    if (wanted.starts_with("0x")) {
        wanted.erase(0, 2);
    }
    return Fatal{ErrorCode::unsigned_volume,
                 fmt::format("Volume was signed by key {}, not {}", end_of(signer, wanted.size()),
                             end_of(wanted, signer.size()))};
}

/// gpg's own words, but for what it says of an option that only we give it.
std::string gpg_words(const Failed& failed)
{
    constexpr std::string_view our_option = "gpg: Note: --no-literal";
    const auto log = failed.fact("gpg_log");
    std::string words;
    for (std::string_view rest = log; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (!line.starts_with(our_option)) {
            words += fmt::format("{}\n", line);
        }
    }
    return words.empty() ? fmt::format("gpg: {}\n", failed.error.cause) : words;
}

/// Found out before gpg was asked to do anything.
bool is_about_keys(const Failed& failed)
{
    const auto& invocation = failed.invocation;
    const auto& object = failed.error.object;
    const auto is_among = [&](const std::vector<std::string>& keys) {
        return std::ranges::find(keys, object) != keys.end();
    };
    return !object.empty() && (object == invocation.sign_key || is_among(invocation.encrypt_key) ||
                               is_among(invocation.hidden_encrypt_key));
}

bool is_about_gpg_binary(const Failed& failed)
{
    const auto& binary = failed.invocation.gpg_binary;
    return !binary.empty() && failed.error.object.ends_with(binary);
}

Fatal no_gpg(const Failed& failed)
{
    return Fatal{ErrorCode::gpg_failed,
                 fmt::format("GPGError: failed to determine gnupg version of {}",
                             failed.invocation.gpg_binary),
                 {"GPGError"}};
}

Fatal gpg_failed(const Failed& failed)
{
    const auto log = gpg_words(failed);
    return Fatal{ErrorCode::gpg_failed,
                 fmt::format("GPGError: GPG Failed, see log below:\n===== Begin GnuPG log =====\n"
                             "{}===== End GnuPG log =====\n",
                             log),
                 {"GPGError"}};
}

Fatal list_not_opened(const Failed& failed)
{
    return Fatal{ErrorCode::cant_open_filelist,
                 fmt::format("Error opening file {}", failed.error.object)};
}

Fatal cannot_match(const Failed& failed)
{
    return Fatal{ErrorCode::file_prefix_error,
                 fmt::format("Fatal Error: The file specification\n    {}\n"
                             "cannot match any files in the base directory\n    {}\n"
                             "Useful file specifications begin with the base directory or some\n"
                             "pattern (such as '**') which matches the base directory.",
                             failed.error.object, failed.invocation.local_path)};
}

Fatal bad_expression(const Failed& failed)
{
    const auto& pattern = failed.error.object;
    const bool doubled_slash = pattern.find("//") != std::string::npos;
    return Fatal{ErrorCode::globbing_error,
                 "Fatal Error while processing expression\n" +
                     (doubled_slash
                          ? fmt::format("Consecutive '/'s found in globbing string {}", pattern)
                          : failed.error.cause)};
}

Fatal redundant_inclusion(const Failed& failed)
{
    return Fatal{
        ErrorCode::redundant_inclusion,
        fmt::format("Last selection expression:\n    {}\n"
                    "only specifies that files be included.  Because the default is to\n"
                    "include all files, the expression is redundant.  Exiting because this\n"
                    "probably isn't what you meant.",
                    failed.error.object)};
}

// These four are of 3.x.
Fatal redundant_filter(const Failed& /*failed*/)
{
    return Fatal{ErrorCode::redundant_filter,
                 "The only selection options given are filters that say what is so by default."};
}

Fatal trailing_filter(const Failed& /*failed*/)
{
    return Fatal{ErrorCode::trailing_filter,
                 "The last selection option is a filter, which changes only those that follow it."};
}

Fatal absolute_files_from(const Failed& failed)
{
    return Fatal{ErrorCode::absolute_files_from,
                 fmt::format("Files-from list names the absolute path {}. Its names must be "
                             "relative to the source.",
                             failed.error.object)};
}

Fatal empty_files_from(const Failed& /*failed*/)
{
    return Fatal{ErrorCode::empty_files_from, "Files-from list names nothing."};
}

Fatal archive_directory(const Failed& failed)
{
    const auto& typed = failed.invocation.archive_dir;
    const auto& made = failed.error.object;
    const auto shown = typed.empty() ? made : fmt::format("{}/{}", typed, base_name(made));
    return Fatal{ErrorCode::bad_archive_dir,
                 fmt::format("Specified archive directory '{}' does not exist, or is not a "
                             "directory",
                             shown)};
}

Fatal unsupported_scheme(const Failed& failed)
{
    constexpr const char* name = "UnsupportedBackendScheme";
    return Fatal{ErrorCode::user_error,
                 fmt::format("{}: scheme not supported in url: {}", name, failed.error.object),
                 {name}};
}

Fatal bad_url(const Failed& failed)
{
    constexpr const char* name = "InvalidBackendURL";
    if (failed.fact("missing") == "host") {
        return Fatal{ErrorCode::user_error,
                     fmt::format("{}: Missing hostname in a backend URL which requires an explicit "
                                 "hostname: {}",
                                 name, failed.error.object),
                     {name}};
    }
    return Fatal{ErrorCode::user_error, fmt::format("{}: {}", name, failed.error.cause), {name}};
}

Fatal forced_failure(const Failed& failed)
{
    return exception_error("AssertionError", fmt::format("Forced assertion error at volume {}",
                                                         failed.fact("volume_number")));
}

struct DetailRow {
    std::string_view detail;
    Fatal (*fatal)(const Failed&);
};

constexpr std::array rows{
    DetailRow{"absolute_files_from", absolute_files_from},
    DetailRow{"archive_directory", archive_directory},
    DetailRow{"bad_expression", bad_expression},
    DetailRow{"bad_url", bad_url},
    DetailRow{"cannot_match", cannot_match},
    DetailRow{"destination_occupied", destination_occupied},
    DetailRow{"empty_files_from", empty_files_from},
    DetailRow{"forced_failure", forced_failure},
    DetailRow{"hash_mismatch", hash_mismatch},
    DetailRow{"host_mismatch", host_mismatch},
    DetailRow{"list_not_opened", list_not_opened},
    DetailRow{"locked", locked},
    DetailRow{"no_backup", no_backup},
    DetailRow{"no_signatures", no_signatures},
    DetailRow{"not_in_archive", not_in_archive},
    DetailRow{"redundant_filter", redundant_filter},
    DetailRow{"redundant_inclusion", redundant_inclusion},
    DetailRow{"secret_missing", gpg_failed},
    DetailRow{"secret_wrong", gpg_failed},
    DetailRow{"source_mismatch", source_mismatch},
    DetailRow{"trailing_filter", trailing_filter},
    DetailRow{"unsupported_scheme", unsupported_scheme},
    DetailRow{"volume_missing", volume_missing},
    DetailRow{"wrong_signer", wrong_signer},
    DetailRow{"wrong_size", wrong_size},
};

ErrorCode backend_code(const Failed& failed, std::optional<int> number)
{
    using proto::ErrorKind;
    const auto kind = failed.error.kind;
    if (number == EACCES || number == EPERM || (!number && kind == ErrorKind::denied)) {
        return ErrorCode::backend_permission_denied;
    }
    if (number == ENOENT || (!number && kind == ErrorKind::not_found)) {
        return ErrorCode::backend_not_found;
    }
    if (number == ENOSPC || (!number && kind == ErrorKind::no_space)) {
        return ErrorCode::backend_no_space;
    }
    return ErrorCode::backend_error;
}

/// An operation on the target failed for good: command-line.md 3.2, "operation words", and 8.4.
Fatal backend_failed(const Failed& failed, const std::string& operation)
{
    const auto number = errno_of(failed);
    const auto attempts = failed.fact("attempts");
    const auto why = number ? fmt::format("{}: {}", class_of(*number), std::strerror(*number))
                            : fmt::format("BackendException: {}", failed.error.cause);
    std::vector<std::string> words{operation};
    const auto& object = failed.error.object;
    if (!object.empty()) {
        words.push_back(quoted(operation == "list" ? object : base_name(object)));
    }
    // A file has the same name here and there; readers expect both.
    if (words.size() > 1 && (operation == "put" || operation == "get")) {
        words.push_back(words.back());
    }
    return Fatal{
        backend_code(failed, number),
        fmt::format("Giving up after {} attempts. {}", attempts.empty() ? "1" : attempts, why),
        std::move(words)};
}

/// Files of a local target are written right there, before anything is put: what has no room then
/// is a put that failed. Such a file goes by its name; those of the cache go by their paths.
bool is_full_target(const Failed& failed)
{
    const auto& to = failed.invocation;
    const bool writes = is_backup(to.action) || to.action == Action::replicate;
    const bool is_local = proto::kinds_of(to.target, to.backend.gio) ==
                          (proto::TargetKinds{} | proto::TargetKind::local);
    const auto& name = failed.error.object;
    return writes && is_local && errno_of(failed) == ENOSPC && !name.empty() &&
           name.find('/') == std::string::npos;
}

/// What has no code of its own.
Fatal other_failure(const Failed& failed)
{
    if (const auto number = errno_of(failed)) {
        return exception_error(std::string{class_of(*number)},
                               fmt::format("[Errno {}] {}: {}", *number, std::strerror(*number),
                                           quoted(failed.error.object)));
    }
    using proto::ErrorKind;
    switch (failed.error.kind) {
    case ErrorKind::no_space:
        return exception_error("OSError", "[Errno 28] " + failed.error.cause);
    case ErrorKind::denied:
        return exception_error("PermissionError", "[Errno 13] " + failed.error.cause);
    case ErrorKind::not_found:
        return exception_error("FileNotFoundError", "[Errno 2] " + failed.error.cause);
    case ErrorKind::corrupt:
        return exception_error("OSError", failed.error.cause);
    case ErrorKind::unreachable:
        return Fatal{ErrorCode::connection_failed, failed.error.cause};
    case ErrorKind::invalid:
    case ErrorKind::invalid_params:
        return command_line_error(failed.error.cause);
    default:
        return exception_error("RuntimeError", failed.error.cause);
    }
}

}  // namespace

Fatal fatal_from(const proto::RpcError& error, const Invocation& invocation)
{
    const Failed failed{error, invocation};
    const auto* const row = std::ranges::find(rows, error.detail, &DetailRow::detail);
    if (row != rows.end()) {
        return row->fatal(failed);
    }
    if (is_about_gpg_binary(failed)) {
        return no_gpg(failed);
    }
    if (error.fact("gpg_log") != nullptr || is_about_keys(failed) ||
        error.kind == proto::ErrorKind::wrong_secret) {
        return gpg_failed(failed);
    }
    if (error.kind == proto::ErrorKind::busy) {
        return locked(failed);
    }
    auto operation = failed.fact("operation");
    if (operation.empty() && is_full_target(failed)) {
        operation = "put";
    }
    return operation.empty() ? other_failure(failed) : backend_failed(failed, operation);
}

}  // namespace duplid::duplicity
