#include "daemon/runs/event_conversions.hpp"

#include "daemon/archive/conversions.hpp"

#include <optional>

namespace duplid::daemon {

namespace {

std::string word_of(operation::SetChosen::Why why)
{
    using Why = operation::SetChosen::Why;
    switch (why) {
    case Why::asked:
        return "asked";
    case Why::chain:
        return "chain";
    case Why::no_signatures:
        return "no_signatures";
    case Why::full_is_due:
        return "full_is_due";
    case Why::interrupted:
        break;
    }
    return "interrupted";
}

std::string word_of(operation::VolumeStep::Step step)
{
    using Step = operation::VolumeStep::Step;
    switch (step) {
    case Step::begun:
        return "begun";
    case Step::stored:
        return "stored";
    case Step::read:
        return "read";
    case Step::needed:
        break;
    }
    return "needed";
}

std::string word_of(operation::ObjectChange::Change change)
{
    using Change = operation::ObjectChange::Change;
    switch (change) {
    case Change::stored:
        return "new";
    case Change::differs:
        return "changed";
    case Change::gone:
        break;
    }
    return "deleted";
}

std::optional<std::uint32_t> unless_zero(std::uint32_t number)
{
    return number == 0 ? std::nullopt : std::optional{number};
}

EventLog::What event_of(const operation::SetChosen& what)
{
    return proto::SetEvent{to_wire(what.set),  word_of(what.why), unless_zero(what.resumed_at),
                           what.known_volumes, what.last_path,    what.last_block};
}

EventLog::What event_of(const operation::SetPutAside& what)
{
    return proto::PutAsideEvent{to_wire(what.set), what.volumes, what.why};
}

EventLog::What event_of(const operation::CacheChange& what)
{
    return proto::CacheEvent{what.fetched ? "fetched" : "removed", what.name};
}

EventLog::What event_of(const operation::Skipped& what)
{
    const bool is_socket = what.why == operation::Skipped::Why::socket;
    return proto::SkippedEvent{what.path, is_socket ? "socket" : "vanished"};
}

EventLog::What event_of(const operation::VolumeStep& what)
{
    return to_wire(what);
}

}  // namespace

std::string word_of(tar::Type type)
{
    switch (type) {
    case tar::Type::regular:
    case tar::Type::hard_link:
        return "reg";
    case tar::Type::symlink:
        return "sym";
    case tar::Type::character:
        return "chr";
    case tar::Type::block:
        return "blk";
    case tar::Type::directory:
        return "dir";
    case tar::Type::fifo:
        break;
    }
    return "fifo";
}

EventLog::What to_wire(const operation::Happening& what)
{
    return std::visit([](const auto& one) { return event_of(one); }, what);
}

proto::VolumeEvent to_wire(const operation::VolumeStep& step)
{
    return {word_of(step.step), step.number, unless_zero(step.total),
            step.name,          step.bytes,  step.source_bytes};
}

proto::ObjectEvent to_wire(const operation::ObjectChange& change)
{
    return {change.path, word_of(change.change), word_of(change.type), change.source_bytes};
}

}  // namespace duplid::daemon
