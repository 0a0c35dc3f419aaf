#include "ctl/duplicity/actions/backup_reporter.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::duplicity {

void BackupReporter::take(const proto::Event& event)
{
    if (const auto* change = std::get_if<proto::ObjectEvent>(&event.what)) {
        object(*change);
    } else if (const auto* step = std::get_if<proto::VolumeEvent>(&event.what)) {
        volume(*step);
    } else if (const auto* chosen = std::get_if<proto::SetEvent>(&event.what)) {
        set(*chosen);
    } else if (const auto* aside = std::get_if<proto::PutAsideEvent>(&event.what)) {
        put_aside(*aside);
    } else if (const auto* figures = std::get_if<proto::ProgressEvent>(&event.what)) {
        if (progress_ != nullptr) {
            progress_->set_read_bytes(figures->figures.bytes_done);
        }
    } else {
        warnings_.take(event);
    }
}

void BackupReporter::object(const proto::ObjectEvent& event)
{
    auto& reporter = context_.reporter;
    if (event.effect == "deleted") {
        reporter.info(InfoCode::diff_file_deleted, "D " + event.path,
                      {duplicity::quoted(event.path)});
        return;
    }
    const bool is_new = event.effect == "new";
    reporter.info(is_new ? InfoCode::diff_file_new : InfoCode::diff_file_changed,
                  (is_new ? "A " : "M ") + event.path, {duplicity::quoted(event.path)});
    if (pass_ == Pass::comparison && event.object_type == "reg") {
        tell_progress(event.source_bytes);
    }
}

void BackupReporter::tell_progress(std::uint64_t source_bytes)
{
    context_.reporter.info(InfoCode::progress, {}, {std::to_string(source_bytes)});
}

void BackupReporter::progress_of(std::uint64_t source_bytes, std::uint32_t volume)
{
    context_.reporter.info(InfoCode::progress, fmt::format("Processed volume {}", volume),
                           {std::to_string(source_bytes)});
}

/// In the reference a volume that is uploaded while the next is made counts as processed at once.
void BackupReporter::volume(const proto::VolumeEvent& event)
{
    auto& reporter = context_.reporter;
    const bool is_asynchronous =
        context_.invocation.asynchronous_upload || context_.invocation.concurrency > 0;
    if (event.step == "begun") {
        if (is_asynchronous) {
            reporter.info(InfoCode::asynchronous_upload_begin,
                          "AsyncScheduler: scheduling task for asynchronous execution");
            progress_of(event.source_bytes, event.number);
        } else {
            reporter.info(InfoCode::synchronous_upload_begin,
                          "AsyncScheduler: running task synchronously (asynchronicity disabled)");
        }
        reporter.info("Writing " + event.name);
        return;
    }
    if (event.step != "stored") {
        return;
    }
    if (progress_ != nullptr) {
        progress_->add_uploaded_bytes(event.bytes);
    }
    if (is_asynchronous) {
        reporter.info(InfoCode::asynchronous_upload_done,
                      "AsyncScheduler: task execution done (success: True)");
    } else {
        reporter.info(InfoCode::synchronous_upload_done,
                      "AsyncScheduler: task completed successfully");
        progress_of(event.source_bytes, event.number);
    }
}

void BackupReporter::set(const proto::SetEvent& event)
{
    auto& reporter = context_.reporter;
    if (event.why == "no_signatures") {
        reporter.warning("No signatures found, switching to full backup.");
    } else if (event.why == "full_is_due") {
        reporter.notice("Last full backup is too old, forcing full backup");
    } else if (event.why == "interrupted" && event.resumed_at_volume) {
        const auto next = *event.resumed_at_volume;
        reporter.notice(fmt::format("RESTART: Volumes {} to {} failed to upload before "
                                    "termination.\n         Restarting backup at volume {}.",
                                    next, std::max(next, event.known_volumes), next));
        const auto block =
            event.last_block ? fmt::format(", block {}", *event.last_block) : std::string{};
        reporter.notice(
            fmt::format("Restarting after volume {}, file {}{}", next - 1, event.last_path, block));
    }
}

void BackupReporter::put_aside(const proto::PutAsideEvent& event)
{
    context_.reporter.notice("RESTART: The first volume failed to upload before termination.\n"
                             "         Restart is impossible...starting backup from beginning.");
    context_.reporter.info(
        fmt::format("The interrupted set is put aside ({} volumes stay until a cleanup): {}",
                    event.volumes, event.why));
}

void BackupReporter::beat(Clock::time_point now)
{
    if (const auto figures = progress_->due_at(now)) {
        line(*figures);
    }
}

void BackupReporter::end(Clock::time_point now)
{
    if (progress_ != nullptr) {
        line(progress_->at_end(now));
    }
}

void BackupReporter::line(const UploadFigures& figures)
{
    auto& reporter = context_.reporter;
    // Each line takes the place of the one before, where nothing else can have come between them.
    const bool moves = ::isatty(STDOUT_FILENO) == 1 && !reporter.tells(level::info);
    if (moves && has_line_ && reporter.tells(level::notice)) {
        reporter.raw("\033[F\033[2K");
    }
    has_line_ = true;
    Message message;
    message.level = level::notice;
    message.code = static_cast<int>(InfoCode::upload_progress);
    message.words = figures.words();
    message.text = figures.text();
    reporter.tell(message);
}

}  // namespace duplid::duplicity
