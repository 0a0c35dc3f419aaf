#include "ctl/verbs/watch_verb.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/process/live_screen.hpp"
#include "ctl/process/terminal_facts.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/show/progress.hpp"
#include "ctl/show/run_log.hpp"
#include "ctl/show/watch_screen.hpp"
#include "ctl/text/time_text.hpp"
#include "ctl/verbs/overview_verbs.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <map>
#include <optional>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace duplid::ctl {

namespace {

using Clock = std::chrono::steady_clock;

/// How often the daemon is asked which runs there are: nothing tells a client of new ones.
constexpr std::chrono::seconds ask_interval{1};
/// Between two frames; also the pace at which the daemon tells progress.
constexpr std::chrono::milliseconds frame_interval{200};
/// As many as may begin and end in that time without being missed.
constexpr std::uint64_t short_runs_max = 50;
/// Between two lines about the progress of one run, where each stays.
constexpr std::chrono::seconds line_interval{10};

bool is_terminal_with_screen()
{
    const char* const terminal = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr &&
           std::string_view{terminal} != "dumb";
}

/// What is shown of runs while they go on.
class View {
public:
    View() = default;
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    virtual ~View() = default;

    /// Before the board knows of it. `json`: as it came.
    virtual void event(const proto::Event& event, const proto::Json& json,
                       const show::WatchBoard& board) = 0;
    /// Something may have changed, and an interval has passed.
    virtual void refresh(const show::WatchBoard& board) = 0;
    /// Until when nothing has to be drawn.
    [[nodiscard]] virtual Clock::time_point next_refresh() const = 0;
    /// Nobody reads it any more.
    [[nodiscard]] virtual bool is_over() const noexcept = 0;
};

/// The screen of a terminal.
class ScreenView final : public View {
public:
    explicit ScreenView(const show::Style& style) : style_{style} {}

    void event(const proto::Event&, const proto::Json&, const show::WatchBoard&) override
    {
        is_fresh_ = false;
    }

    void refresh(const show::WatchBoard& board) override
    {
        if (!screen_) {
            screen_.emplace();
        }
        const auto size = LiveScreen::size();
        const bool resized = size.columns != size_.columns || size.rows != size_.rows;
        const bool must = screen_->stand_still_if_asked() || resized;
        const auto now = std::time(nullptr);
        const bool wanted = !is_fresh_ || now != drawn_second_;
        if (!must && (!wanted || Clock::now() < drawn_ + frame_interval)) {
            return;
        }
        size_ = size;
        drawn_ = Clock::now();
        drawn_second_ = now;
        is_fresh_ = true;
        screen_->draw(board.lines(now, size.columns, size.rows, style_));
    }

    [[nodiscard]] Clock::time_point next_refresh() const override
    {
        return is_fresh_ ? drawn_ + ask_interval : drawn_ + frame_interval;
    }

    [[nodiscard]] bool is_over() const noexcept override { return false; }

private:
    show::Style style_;
    std::optional<LiveScreen> screen_;  ///< once there is something to show
    TerminalSize size_{};
    Clock::time_point drawn_{};
    std::time_t drawn_second_ = 0;
    bool is_fresh_ = false;
};

/// A line for each event, or each event as JSON.
class LineView final : public View {
public:
    LineView(const Look& look, Output& output) : look_{look}, output_{output} {}

    void event(const proto::Event& event, const proto::Json& json,
               const show::WatchBoard& board) override
    {
        if (look_.json) {
            output_.json(json);
            return;
        }
        if (const auto* progress = std::get_if<proto::ProgressEvent>(&event.what)) {
            tell(event, board, progress->figures);
            return;
        }
        if (const auto* phase = std::get_if<proto::PhaseEvent>(&event.what)) {
            phases_[event.run] = phase->phase;
        }
        const auto said = show::text_of(event);
        if (said && is_wanted(event)) {
            print(event, board, said->text + (said->hint.empty() ? "" : " (" + said->hint + ")"));
        }
    }

    void refresh(const show::WatchBoard& board) override
    {
        const bool idle = board.is_idle();
        if (idle && !was_idle_ && !look_.json && !look_.quiet) {
            output_.text(board.idle_in_words(std::time(nullptr)) + "\n");
            output_.flush();
        }
        was_idle_ = idle;
    }

    [[nodiscard]] Clock::time_point next_refresh() const override
    {
        return Clock::time_point::max();
    }

    [[nodiscard]] bool is_over() const noexcept override { return output_.failed(); }

private:
    [[nodiscard]] bool is_wanted(const proto::Event& event) const
    {
        if (std::holds_alternative<proto::NoteEvent>(event.what)) {
            return look_.verbose;
        }
        return !look_.quiet || std::holds_alternative<proto::WarningEvent>(event.what) ||
               std::holds_alternative<proto::DoneEvent>(event.what);
    }

    void tell(const proto::Event& event, const show::WatchBoard& board,
              const proto::ProgressFigures& figures)
    {
        const auto now = Clock::now();
        auto& told = told_[event.run];
        if (look_.progress && (!told || now - *told >= line_interval)) {
            told = now;
            print(event, board, show::progress_in_words(phases_[event.run], figures));
        }
    }

    void print(const proto::Event& event, const show::WatchBoard& board, const std::string& text)
    {
        output_.text(fmt::format("{} {}: {}\n",
                                 short_time_text(static_cast<std::int64_t>(event.time)),
                                 board.name_of(event.run), text));
        output_.flush();
    }

    const Look& look_;
    Output& output_;
    bool was_idle_ = false;
    std::map<std::uint64_t, std::optional<Clock::time_point>> told_;
    std::map<std::uint64_t, std::string> phases_;
};

/// Asks the daemon and keeps board and view up to date.
class Watcher {
public:
    Watcher(Session& session, std::string job, View& view)
        : session_{session}, board_{job}, job_{std::move(job)}, view_{view}
    {
    }

    /// Returns when `once` and nothing runs.
    void go_on(bool once)
    {
        auto ask_at = Clock::now();
        while (!view_.is_over()) {
            if (Clock::now() >= ask_at) {
                ask();
                ask_at = Clock::now() + ask_interval;
            }
            view_.refresh(board_);
            if (once && board_.is_idle()) {
                return;
            }
            if (const auto notification =
                    session_.next_notification(std::min(ask_at, view_.next_refresh()))) {
                take(*notification);
            }
        }
    }

    [[nodiscard]] const show::WatchBoard& board() const noexcept { return board_; }

private:
    /// A call during which events may come.
    template <class Params, class Reply>
    Reply call(const proto::Method<Params, Reply>& method, const Params& params)
    {
        return proto::read_message<Reply>(
            session_.call_json(method.name, proto::write_message(params), {},
                               [this](const auto& early) { take(early); }),
            proto::Strictness::reply);
    }

    void ask()
    {
        const auto status = call(proto::methods::status, proto::Nothing{});
        if (!job_.empty()) {
            static_cast<void>(job_named(job_, status.jobs));
        }
        for (const auto run : board_.take(status)) {
            follow(run);
        }
        ask_for_short_ones();
        // Not at once: the last event may be on its way.
        const auto gone = board_.vanished();
        for (const auto run : gone) {
            if (std::ranges::find(gone_before_, run) != gone_before_.end()) {
                proto::RunShowParams params;
                params.run = run;
                board_.end(call(proto::methods::run_show, params).run);
            }
        }
        gone_before_ = gone;
    }

    /// Runs that began and ended since the last time.
    void ask_for_short_ones()
    {
        proto::RunListParams params;
        params.limit = short_runs_max;
        const auto newest = call(proto::methods::run_list, params).runs;
        const auto seen =
            std::exchange(newest_seen_, newest.empty() ? std::uint64_t{0} : newest.front().run);
        for (const auto& run : newest) {
            if (seen && run.run > *seen && board_.add(run)) {
                follow(run.run);
            }
        }
    }

    /// Its events, if we may see them; else the status has to do.
    void follow(std::uint64_t run)
    {
        proto::RunWatchParams params;
        params.run = run;
        try {
            static_cast<void>(call(proto::methods::run_watch, params));
        } catch (const Failure& failure) {
            const auto kind = failure.error().kind;
            if (kind != proto::ErrorKind::denied && kind != proto::ErrorKind::too_many &&
                kind != proto::ErrorKind::not_found) {
                throw;
            }
        }
    }

    void take(const proto::Notification& notification)
    {
        if (notification.method != proto::event_notification) {
            return;
        }
        const auto event =
            proto::read_message<proto::Event>(notification.params, proto::Strictness::reply);
        if (board_.knows(event.run)) {
            view_.event(event, notification.params, board_);
            board_.take(event);
        }
    }

    Session& session_;
    show::WatchBoard board_;
    std::string job_;
    View& view_;
    std::optional<std::uint64_t> newest_seen_;
    std::vector<std::uint64_t> gone_before_;
};

int watch_run(std::uint64_t run, Session& session, const Look& look, Output& output)
{
    const auto done = follow_run(session, run, Ownership::watched, look, output);
    return show_end(done, session, look, output);
}

}  // namespace

int watch(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    const auto named = line.positionals.empty() ? std::string{} : line.positionals.front();
    auto chosen = open_resident_instance(line, look, interrupts);
    auto& session = *chosen.session;
    if (is_run_number(named)) {
        return watch_run(run_number(named), session, look, output);
    }
    const bool once = line.has(OptionId::once);
    if (look.json || !is_terminal_with_screen()) {
        LineView view{look, output};
        Watcher{session, named, view}.go_on(once);
        return 0;
    }
    std::optional<ScreenView> view{look.style};
    Watcher watcher{session, named, *view};
    watcher.go_on(once);
    // What was seen last stays, on the screen that was there before.
    view.reset();
    const auto size = LiveScreen::size();
    for (const auto& row :
         watcher.board().lines(std::time(nullptr), size.columns, size.rows, look.style)) {
        output.text(row + "\n");
    }
    return 0;
}

}  // namespace duplid::ctl
