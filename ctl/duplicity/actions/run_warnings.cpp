#include "ctl/duplicity/actions/run_warnings.hpp"

#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/duplicity/texts.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fmt/format.h>

namespace duplid::duplicity {

namespace {

int errno_of(const proto::RpcError& error)
{
    int number = 0;
    if (const auto* text = error.fact("errno")) {
        std::from_chars(text->data(), text->data() + text->size(), number);
    }
    return number;
}

/// The path a warning is about, in bytes.
const std::string& path_of(const proto::RpcError& error)
{
    const auto* path = error.fact("path");
    return path != nullptr ? *path : error.object;
}

}  // namespace

std::string system_words(const proto::RpcError& error)
{
    const int number = errno_of(error);
    return number == 0 ? error.cause : fmt::format("[Errno {}] {}", number, std::strerror(number));
}

std::string exception_class(const proto::RpcError& error)
{
    switch (errno_of(error)) {
    case EACCES:
    case EPERM:
        return "PermissionError";
    case ENOENT:
        return "FileNotFoundError";
    case EEXIST:
        return "FileExistsError";
    default:
        return "OSError";
    }
}

void tell_wrong_size(Context& context, const proto::RpcError& error)
{
    const auto fact = [&](std::string_view name) {
        const auto* const value = error.fact(name);
        return value == nullptr ? std::string{} : *value;
    };
    context.reporter.notice(
        fmt::format("{} Remote filesize {} for '{}' does not match local size {}, retrying.",
                    moment_text(std::chrono::system_clock::now()), fact("target_bytes"),
                    fact("volume"), fact("local_bytes")));
}

void tell_retries(Context& context, const proto::Event& event)
{
    const auto* const again = std::get_if<proto::RetryEvent>(&event.what);
    if (again == nullptr) {
        return;
    }
    if (again->error.detail == "wrong_size") {
        tell_wrong_size(context, again->error);
        return;
    }
    const int number = errno_of(again->error);
    context.reporter.warning(
        fmt::format("Attempt of {} Nr. {} failed. {}: {}", again->operation, again->attempt,
                    exception_class(again->error),
                    number == 0 ? again->error.cause : std::string{std::strerror(number)}));
}

void RunWarnings::take(const proto::Event& event)
{
    if (const auto* warning = std::get_if<proto::WarningEvent>(&event.what)) {
        warn(warning->error);
    } else if (const auto* left_out = std::get_if<proto::SkippedEvent>(&event.what)) {
        skipped(*left_out);
    } else if (const auto* note = std::get_if<proto::NoteEvent>(&event.what)) {
        context_.reporter.debug(note->text);
    } else {
        tell_retries(context_, event);
    }
}

void RunWarnings::warn(const proto::RpcError& error)
{
    if (error.detail == "unreadable") {
        const auto& path = path_of(error);
        context_.reporter.warning(WarningCode::cannot_read,
                                  "Error accessing possibly locked file " + path,
                                  {duplicity::quoted(path)});
    } else if (error.detail == "not_written" || error.detail == "damaged") {
        not_written(error);
    } else if (error.detail == "hash_mismatch" || error.detail == "volume_missing") {
        damaged_volume(error);
    } else if (error.detail == "older_than_all") {
        // The reference restores the oldest and says nothing.
        context_.reporter.debug(error.cause);
    } else if (error.kind == proto::ErrorKind::corrupt && context_.invocation.ignore_errors) {
        tell_ignored(context_, error.cause);
    } else {
        context_.reporter.warning(error.cause);
    }
}

void RunWarnings::not_written(const proto::RpcError& error)
{
    ++unwritten_;
    last_unwritten_ = path_of(error);
    // Damage is told in our words: the reference has none, it ends.
    context_.reporter.warning(
        WarningCode::cannot_process,
        error.detail == "damaged"
            ? error.cause
            : fmt::format("Error '{}' processing {}", system_words(error), last_unwritten_),
        {duplicity::quoted(last_unwritten_)});
}

void RunWarnings::damaged_volume(const proto::RpcError& error)
{
    if (!damage_) {
        damage_ = error;
    }
    if (!context_.invocation.ignore_errors) {
        return;
    }
    const auto fatal = fatal_from(error, context_.invocation);
    context_.reporter.error(fatal.code(), fatal.what(), fatal.words());
    const auto* volume = error.fact("volume");
    tell_ignored(context_, fmt::format("BadVolumeException: {}: {}",
                                       error.detail == "hash_mismatch" ? "Hash mismatch for"
                                                                       : "Missing volume",
                                       volume != nullptr ? *volume : error.object));
}

void RunWarnings::skipped(const proto::SkippedEvent& event)
{
    if (event.why == "socket") {
        context_.reporter.info(InfoCode::skipping_socket, "Skipping socket " + event.path,
                               {duplicity::quoted(event.path)});
    } else {
        context_.reporter.warning(WarningCode::cannot_stat,
                                  "Error accessing possibly locked file " + event.path,
                                  {duplicity::quoted(event.path)});
    }
}

}  // namespace duplid::duplicity
