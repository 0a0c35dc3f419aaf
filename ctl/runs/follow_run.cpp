#include "ctl/runs/follow_run.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/show/message.hpp"
#include "ctl/show/progress.hpp"
#include "ctl/show/proof.hpp"
#include "ctl/show/removal.hpp"
#include "ctl/show/replica.hpp"
#include "ctl/show/report.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/text.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <optional>

namespace duplid::ctl {

namespace {

class EventPrinter {
public:
    EventPrinter(const Look& look, Output& output)
        : look_{look}, output_{output}, progress_{look.progress, look.error_style}
    {
    }

    void show(const proto::Event& event)
    {
        std::visit([this](const auto& what) { show(what); }, event.what);
    }

    /// Called when the last event is there.
    void end() { progress_.clear(); }

private:
    void show(const proto::UnknownEvent&) {}
    // People read notes of the same.
    void show(const proto::VolumeEvent&) {}
    void show(const proto::SetEvent&) {}
    void show(const proto::PutAsideEvent&) {}
    void show(const proto::CacheEvent&) {}
    void show(const proto::SkippedEvent&) {}
    void show(const proto::RetryEvent&) {}
    void show(const proto::DoneEvent&) {}

    void show(const proto::StateEvent& event)
    {
        // Every run is queued for a moment; only one that has to wait for something says for what.
        if (event.state == proto::RunState::queued && !event.reason.empty() && !look_.quiet &&
            !look_.json) {
            say(fmt::format("duplictl: waiting: {}\n", show::printable(event.reason)));
        }
        if (event.paused != paused_ && !look_.quiet && !look_.json) {
            say(event.paused ? fmt::format("duplictl: {}\n", show::pause_in_words(*event.paused))
                             : fmt::format("duplictl: {}\n", show::printable(event.reason)));
        }
        paused_ = event.paused;
    }

    void show(const proto::PhaseEvent& event) { progress_.phase(event.phase); }
    void show(const proto::ProgressEvent& event) { progress_.figures(event.figures); }
    void show(const proto::WarningEvent& event)
    {
        say(show::message("warning", event.error, look_.error_style));
    }

    void show(const proto::NoteEvent& event)
    {
        if (look_.verbose) {
            say(fmt::format("duplictl: {}\n", show::printable(event.text)));
        }
    }

    void show(const proto::ObjectEvent& event) { result(show::object_line(event)); }
    void show(const proto::DifferenceEvent& event) { result(show::difference_line(event)); }

    /// A line of what was asked for.
    void result(const std::string& text)
    {
        if (!look_.json) {
            progress_.clear();
            output_.text(text);
        }
    }

    void show(const proto::LostEvent& event)
    {
        say(fmt::format("duplictl: {} of this run {} no longer kept\n",
                        show::counted(event.events, "event"), event.events == 1 ? "is" : "are"));
    }

    void say(const std::string& text)
    {
        progress_.clear();
        std::fputs(text.c_str(), stderr);
    }

    const Look& look_;
    Output& output_;
    show::ProgressLine progress_;
    std::optional<proto::RunPause> paused_;
};

}  // namespace

proto::DoneEvent follow_run(Session& session, std::uint64_t run, Ownership ownership,
                            const Look& look, Output& output)
{
    // Nothing can be missed between this call and the last: events are replayed from the first.
    proto::RunWatchParams params;
    params.run = run;
    EventPrinter printer{look, output};
    std::optional<proto::DoneEvent> done;
    const auto handle = [&](const proto::Notification& notification) {
        if (notification.method != proto::event_notification) {
            return true;
        }
        const auto event =
            proto::read_message<proto::Event>(notification.params, proto::Strictness::reply);
        if (event.run != run) {
            return true;
        }
        if (look.json) {
            output.json(notification.params);
        }
        printer.show(event);
        if (const auto* last = std::get_if<proto::DoneEvent>(&event.what)) {
            done = *last;
        }
        return !done;
    };
    static_cast<void>(session.call_json(proto::methods::run_watch.name,
                                        proto::write_message(params), {},
                                        [&](const auto& early) { handle(early); }));
    if (!done) {
        session.follow(ownership == Ownership::ours ? std::optional{run} : std::nullopt, handle);
    }
    printer.end();
    return *done;
}

int show_end(const proto::DoneEvent& done, const Session& session, const Look& look, Output& output)
{
    if (!look.json) {
        if (done.backup) {
            output.text(look.statistics ? show::backup_report(*done.backup)
                                        : show::backup_result(*done.backup));
        }
        if (done.restore) {
            output.text(show::restore_report(*done.restore));
        }
        if (done.removal) {
            output.text(show::removal_report(*done.removal));
        }
        if (done.verify) {
            output.text(show::verify_report(*done.verify));
        }
        if (done.check) {
            output.text(show::check_report(*done.check));
        }
        if (done.sync) {
            output.text(show::sync_report(*done.sync));
        }
        if (done.replicate) {
            output.text(show::replicate_report(*done.replicate));
        }
        if (done.repair) {
            output.text(show::repair_report(*done.repair));
        }
    }
    if (done.state == proto::RunState::cancelled && session.stopped_by()) {
        // What the user asked for is no error.
        std::fputs("duplictl: stopped\n", stderr);
        return status_of_signal(*session.stopped_by());
    }
    if (done.error) {
        std::fputs(show::message("error", *done.error, look.error_style).c_str(), stderr);
    }
    return static_cast<int>(done.exit_code());
}

}  // namespace duplid::ctl
