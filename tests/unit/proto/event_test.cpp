#include "proto/event.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace duplid;
using proto::Event;
using proto::Json;
using proto::RunState;

namespace {

Event over_the_wire(const Event& event)
{
    return proto::read_message<Event>(Json::parse(proto::write_message(event).dump()),
                                      proto::Strictness::reply);
}

}  // namespace

TEST_CASE("each type of event arrives as the type it was")
{
    proto::DoneEvent done;
    done.state = RunState::warnings;
    done.backup.emplace();
    done.backup->set = {proto::SetType::incremental, 1000, 2000};
    done.backup->volumes = 3;
    done.backup->statistics.raw_delta_size = 77;
    for (const Event& sent :
         {Event{1, 2, 3.5, proto::StateEvent{RunState::queued, "waiting"}},
          Event{1, 2, 3.5, proto::PhaseEvent{"scanning"}},
          Event{1, 2, 3.5, proto::ProgressEvent{{1, 2, 3, 4, 5, 6, 7, 8}}},
          Event{1, 2, 3.5, proto::WarningEvent{{proto::ErrorKind::denied, "no", "/\xFF", ""}}},
          Event{1, 2, 3.5, proto::NoteEvent{"text"}}, Event{1, 2, 3.5, proto::LostEvent{9}},
          Event{1, 2, 3.5, done}}) {
        const auto read = over_the_wire(sent);
        CHECK(read.run == 1);
        CHECK(read.seq == 2);
        CHECK(read.time == doctest::Approx(3.5));
        CHECK(read.what.index() == sent.what.index());
        CHECK(proto::write_message(read) == proto::write_message(sent));
    }
}

TEST_CASE("an event of an unknown type is recognised as such")
{
    const auto event = proto::read_message<Event>(
        Json::parse(R"({"run":1,"seq":2,"time":3,"type":"question","text":"?"})"),
        proto::Strictness::reply);
    CHECK(event.seq == 2);
    CHECK(std::holds_alternative<proto::UnknownEvent>(event.what));
}

TEST_CASE("how a run ended decides the exit code")
{
    using proto::ErrorKind;
    using proto::ExitCode;
    struct Row {
        RunState state;
        std::optional<ErrorKind> error;
        ExitCode expected;
    };
    // The numbers of feature-goals.md, "Control protocol in one screen".
    for (const auto& row : {Row{RunState::done, std::nullopt, ExitCode{0}},
                            Row{RunState::warnings, std::nullopt, ExitCode{3}},
                            Row{RunState::cancelled, ErrorKind::cancelled, ExitCode{130}},
                            Row{RunState::failed, std::nullopt, ExitCode{1}},
                            Row{RunState::failed, ErrorKind::internal, ExitCode{1}},
                            Row{RunState::failed, ErrorKind::no_space, ExitCode{1}},
                            Row{RunState::failed, ErrorKind::invalid, ExitCode{2}},
                            Row{RunState::failed, ErrorKind::not_found, ExitCode{10}},
                            Row{RunState::failed, ErrorKind::busy, ExitCode{11}},
                            Row{RunState::failed, ErrorKind::wrong_secret, ExitCode{12}},
                            Row{RunState::failed, ErrorKind::denied, ExitCode{13}},
                            Row{RunState::failed, ErrorKind::unreachable, ExitCode{14}},
                            Row{RunState::failed, ErrorKind::corrupt, ExitCode{15}}}) {
        proto::DoneEvent done;
        done.state = row.state;
        if (row.error) {
            done.error = proto::RpcError{*row.error, "", "", ""};
        }
        CHECK(static_cast<int>(done.exit_code()) == static_cast<int>(row.expected));
    }
}
