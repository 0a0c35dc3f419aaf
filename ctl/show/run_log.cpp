#include "ctl/show/run_log.hpp"

#include "ctl/show/message.hpp"
#include "ctl/show/progress.hpp"
#include "ctl/show/proof.hpp"
#include "ctl/show/report.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/status.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <variant>

namespace duplid::show {

namespace {

/// What other verbs print as lines of their own.
std::string in_one_line(std::string text)
{
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    std::ranges::replace(text, '\n', ' ');
    return text;
}

/// One function for each alternative; those without one of their own are for programs.
struct Describer {
    template <class Other>
    std::optional<EventText> operator()(const Other&) const
    {
        return std::nullopt;
    }

    std::optional<EventText> operator()(const proto::StateEvent& event) const
    {
        auto text = std::string{word_for(event.state)};
        if (!event.reason.empty()) {
            text += ": " + printable(event.reason);
        }
        return EventText{Paint::plain, std::move(text), {}};
    }

    std::optional<EventText> operator()(const proto::PhaseEvent& event) const
    {
        return EventText{Paint::busy, phase_in_words(event.phase), {}};
    }

    std::optional<EventText> operator()(const proto::WarningEvent& event) const
    {
        return EventText{Paint::warning, "warning: " + cause_and_object(event.error),
                         printable(event.error.hint)};
    }

    std::optional<EventText> operator()(const proto::NoteEvent& event) const
    {
        return EventText{Paint::faint, printable(event.text), {}};
    }

    std::optional<EventText> operator()(const proto::ObjectEvent& event) const
    {
        return EventText{Paint::plain, in_one_line(object_line(event)), {}};
    }

    std::optional<EventText> operator()(const proto::DifferenceEvent& event) const
    {
        return EventText{Paint::warning, in_one_line(difference_line(event)), {}};
    }

    std::optional<EventText> operator()(const proto::LostEvent& event) const
    {
        return EventText{
            Paint::warning,
            fmt::format("up to {} before here are no longer kept", counted(event.events, "event")),
            {}};
    }

    std::optional<EventText> operator()(const proto::DoneEvent& event) const
    {
        EventText text{Paint::good, std::string{word_for(event.state)}, {}};
        if (event.state == proto::RunState::warnings) {
            text.paint = Paint::warning;
            text.text = "done, with warnings";
        } else if (event.state != proto::RunState::done) {
            text.paint = event.state == proto::RunState::failed ? Paint::bad : Paint::faint;
        }
        if (event.error) {
            text.text += ": " + cause_and_object(*event.error);
            text.hint = printable(event.error->hint);
        }
        if (event.backup) {
            text.text += ": " + in_one_line(backup_result(*event.backup));
        }
        return text;
    }
};

}  // namespace

std::optional<EventText> text_of(const proto::Event& event)
{
    return std::visit(Describer{}, event.what);
}

std::string log_line(const proto::Event& event, const Style& style)
{
    const auto said = text_of(event);
    if (!said) {
        return "";
    }
    const auto when = ctl::short_time_text(static_cast<std::int64_t>(event.time));
    auto line = fmt::format("{}  {}\n", style.paint(Paint::faint, when),
                            style.paint(said->paint, said->text));
    if (!said->hint.empty()) {
        line += std::string(columns_of(when) + 4, ' ') + said->hint + "\n";
    }
    return line;
}

std::string log_heading(const proto::RunSummary& run, const Style& style)
{
    auto text = fmt::format("Run {}: {}", run.run, title_of(run));
    if (!run.target.empty()) {
        text += ", " + printable(run.target);
    }
    return style.paint(Paint::strong, text) + "\n";
}

}  // namespace duplid::show
