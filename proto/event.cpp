#include "proto/event.hpp"

#include <array>

namespace duplid::proto {

namespace {

constexpr std::array types{
    Choice{static_cast<int>(EventType::other), "other"},
    Choice{static_cast<int>(EventType::state), "state"},
    Choice{static_cast<int>(EventType::phase), "phase"},
    Choice{static_cast<int>(EventType::progress), "progress"},
    Choice{static_cast<int>(EventType::warning), "warning"},
    Choice{static_cast<int>(EventType::note), "note"},
    Choice{static_cast<int>(EventType::lost), "lost"},
    Choice{static_cast<int>(EventType::done), "done"},
    Choice{static_cast<int>(EventType::object), "object"},
    Choice{static_cast<int>(EventType::difference), "difference"},
    Choice{static_cast<int>(EventType::volume), "volume"},
    Choice{static_cast<int>(EventType::set), "set"},
    Choice{static_cast<int>(EventType::put_aside), "put_aside"},
    Choice{static_cast<int>(EventType::cache), "cache"},
    Choice{static_cast<int>(EventType::skipped), "skipped"},
    Choice{static_cast<int>(EventType::retry), "retry"},
};

template <std::size_t... Index>
void emplace_alternative(decltype(Event::what)& what, std::size_t wanted,
                         std::index_sequence<Index...>)
{
    ((Index == wanted ? void(what.emplace<Index>()) : void()), ...);
}

}  // namespace

std::span<const Choice> choices_of(EventType) noexcept
{
    return types;
}

void StateEvent::describe(Fields& fields)
{
    fields.member({"state", "", true}, state);
    fields.member({"reason", "why, where that is not plain"}, reason);
    fields.member({"paused", "stands still because somebody wants it to"}, paused);
}

void PhaseEvent::describe(Fields& fields)
{
    fields.member({"phase", "", true}, phase);
}

void ProgressEvent::describe(Fields& fields)
{
    figures.describe(fields);
}

void WarningEvent::describe(Fields& fields)
{
    fields.member({"warning", "", true}, error);
}

void NoteEvent::describe(Fields& fields)
{
    fields.member({"text", "", true}, text);
}

void LostEvent::describe(Fields& fields)
{
    fields.member({"events", "how many before this one are gone", true}, events);
}

void ObjectEvent::describe(Fields& fields)
{
    fields.path({"path", "below the destination or the source", true}, path);
    fields.member({"effect",
                   "of a restore: begun, made, replaced, unchanged, left or failed; of a backup: "
                   "new, changed or deleted",
                   true},
                  effect);
    fields.member({"object_type", "reg, dir, sym, fifo, chr or blk, where known"}, object_type);
    fields.member({"source_bytes", "of a backup: of the source up to and with this object"},
                  source_bytes);
}

void DifferenceEvent::describe(Fields& fields)
{
    fields.path({"path", "", true}, path);
    fields.member(
        {"aspect", "new, missing, type, permissions, mtime, size, data, link or device", true},
        aspect);
    fields.path({"found", "what is there"}, found);
    fields.path({"expected", "what the archive has"}, expected);
}

void DoneEvent::describe(Fields& fields)
{
    fields.member({"state", "done, warnings, failed or cancelled", true}, state);
    fields.member({"error", "why it failed"}, error);
    fields.member({"backup", "report of a backup that ended well"}, backup);
    fields.member({"restore", "report of a restore"}, restore);
    fields.member({"removal", "report of a removal or cleanup"}, removal);
    fields.member({"verify", "report of a verify"}, verify);
    fields.member({"check", "report of a check"}, check);
    fields.member({"sync", "report of a synchronised cache"}, sync);
    fields.member({"replicate", "report of a replication"}, replicate);
    fields.member({"repair", "report of a repair"}, repair);
    fields.member({"tree_delta", "report of a tree-delta"}, tree_delta);
    fields.member({"tree_patch", "report of a tree-patch"}, tree_patch);
}

ExitCode DoneEvent::exit_code() const noexcept
{
    switch (state) {
    case RunState::done:
        return ExitCode::ok;
    case RunState::warnings:
        return ExitCode::warnings;
    case RunState::cancelled:
        return ExitCode::cancelled;
    default:
        return error ? error->exit_code() : ExitCode::failed;
    }
}

void UnknownEvent::describe(Fields&) {}

void Event::describe(Fields& fields)
{
    fields.member({"run", "id", true}, run);
    fields.member({"seq", "grows; gaps are progress that was replaced by newer", true}, seq);
    fields.member({"time", "epoch seconds", true}, time);
    auto type = static_cast<EventType>(what.index());
    fields.member({"type", "", true}, type);
    if (const auto wanted = static_cast<std::size_t>(type); wanted != what.index()) {
        emplace_alternative(what, wanted,
                            std::make_index_sequence<std::variant_size_v<decltype(what)>>{});
    }
    std::visit([&fields](auto& alternative) { alternative.describe(fields); }, what);
}

}  // namespace duplid::proto
