// Goal: what a client does while a run is going on. Method: a daemon that speaks from a script at
// the other end of a socket pair; its words are written out here, not made by proto.
#include "ctl/link/session.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/runs/follow_run.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace duplid;
using nlohmann::json;

namespace {

/// The other end: reads requests one by one, and says what it is told to.
class Peer {
public:
    explicit Peer(ctl::Fd socket) : socket_{std::move(socket)} {}

    /// The next request whose method is not "lease", which comes when it comes. Empty when the
    /// client has gone.
    json request()
    {
        while (true) {
            const auto end = pending_.find('\n');
            if (end != std::string::npos) {
                const auto line = json::parse(pending_.substr(0, end));
                pending_.erase(0, end + 1);
                if (line.at("method") != "lease") {
                    return line;
                }
                ++leases_;
                continue;
            }
            std::array<char, 4096> bytes{};
            const auto count = ::read(socket_.get(), bytes.data(), bytes.size());
            if (count <= 0) {
                return json::object();
            }
            pending_.append(bytes.data(), static_cast<std::size_t>(count));
        }
    }

    void say(const std::string& line) const
    {
        const auto text = line + "\n";
        static_cast<void>(::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL));
    }

    void answer(const json& request, const std::string& result) const
    {
        say(R"({"jsonrpc":"2.0","id":)" + request.at("id").dump() + R"(,"result":)" + result + "}");
    }

    void event(const std::string& members) const
    {
        say(R"({"jsonrpc":"2.0","method":"event","params":{"run":5,"time":1.5,)" + members + "}}");
    }

    void greet()
    {
        answer(request(),
               R"({"protocol":1,"version":"9.9","instance":"private","pid":1,"root_device":1,)"
               R"("root_inode":2,"features":[],"unheard_of":true})");
    }

    [[nodiscard]] int leases() const noexcept { return leases_; }

private:
    ctl::Fd socket_;
    std::string pending_;
    int leases_ = 0;
};

struct Ends {
    ctl::Fd ours;
    ctl::Fd theirs;
};

Ends socket_pair()
{
    std::array<int, 2> numbers{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, numbers.data()) == 0);
    return {ctl::Fd{numbers[0]}, ctl::Fd{numbers[1]}};
}

/// Runs `script` against `client`, each on a thread of its own.
void converse(ctl::Interrupts& interrupts, const std::function<void(Peer&)>& script,
              const std::function<void(ctl::Session&)>& client)
{
    auto ends = socket_pair();
    std::jthread daemon{[&script, socket = std::move(ends.theirs)]() mutable {
        Peer peer{std::move(socket)};
        peer.greet();
        script(peer);
    }};
    ctl::Session session{ctl::Connection{std::move(ends.ours), "the test"}, nullptr, interrupts};
    client(session);
}

}  // namespace

TEST_CASE("a run is followed from its first event to its last, past types nobody knows")
{
    ctl::Interrupts interrupts;
    ctl::Output output;
    const auto script = [](Peer& peer) {
        const auto watch = peer.request();
        CHECK(watch.value("method", "") == "run-watch");
        CHECK(watch.value("params", json{}) == json{{"run", 5}, {"from_seq", 1}});
        peer.answer(watch, R"({"run":5,"state":"running","first_seq":1,"next_seq":1})");
        peer.event(R"("seq":1,"type":"phase","phase":"backing_up")");
        peer.event(R"("seq":2,"type":"from_the_future","x":1)");
        peer.event(R"("seq":3,"type":"done","state":"warnings","backup":{"set":{"type":"full",)"
                   R"("time":7},"volumes":3,"statistics":{},"warnings":1})");
    };
    converse(interrupts, script, [&](ctl::Session& session) {
        const auto done = ctl::follow_run(session, 5, ctl::Ownership::ours, {}, output);
        CHECK(done.state == proto::RunState::warnings);
        REQUIRE(done.backup.has_value());
        CHECK(done.backup->volumes == 3);
        CHECK(static_cast<int>(done.exit_code()) == 3);
    });
}

TEST_CASE("an interrupt stops the run, waits for its end, and is the exit status")
{
    struct Row {
        int signal;
        int status;
    };
    for (const auto& row : {Row{SIGINT, 130}, Row{SIGTERM, 143}}) {
        ctl::Interrupts interrupts;
        ctl::Output output;
        const auto script = [](Peer& peer) {
            peer.event(R"("seq":1,"type":"phase","phase":"backing_up")");
            const auto stop = peer.request();
            CHECK(stop.value("method", "") == "run-stop");
            CHECK(stop.value("/params/run"_json_pointer, 0) == 5);
            peer.answer(stop, "{}");
            peer.event(R"("seq":2,"type":"done","state":"cancelled","error":{"name":"cancelled",)"
                       R"("cause":"stopped on request"})");
        };
        converse(interrupts, script, [&](ctl::Session& session) {
            std::optional<proto::DoneEvent> done;
            session.follow(5, [&](const proto::Notification& notification) {
                const auto event = proto::read_message<proto::Event>(notification.params,
                                                                     proto::Strictness::reply);
                if (const auto* last = std::get_if<proto::DoneEvent>(&event.what)) {
                    done = *last;
                    return false;
                }
                // Blocked by Interrupts, so it waits in the descriptor until somebody looks.
                ::kill(::getpid(), row.signal);
                return true;
            });
            REQUIRE(done.has_value());
            CHECK(ctl::show_end(*done, session, {}, output) == row.status);
        });
    }
}

TEST_CASE("a second interrupt does not wait for the run's end")
{
    ctl::Interrupts interrupts;
    const auto script = [](Peer& peer) {
        peer.event(R"("seq":1,"type":"phase","phase":"backing_up")");
        CHECK(peer.request().value("method", "") == "run-stop");
        ::kill(::getpid(), SIGINT);
        CHECK(peer.request().empty());
    };
    auto ends = socket_pair();
    std::jthread daemon{[&script, socket = std::move(ends.theirs)]() mutable {
        Peer peer{std::move(socket)};
        peer.greet();
        script(peer);
    }};
    ctl::Session session{ctl::Connection{std::move(ends.ours), "the test"}, nullptr, interrupts};
    CHECK_THROWS_AS(session.follow(5,
                                   [](const proto::Notification&) {
                                       ::kill(::getpid(), SIGINT);
                                       return true;
                                   }),
                    ctl::Interrupted);
}

TEST_CASE("watching somebody else's run ends at an interrupt and leaves the run alone")
{
    ctl::Interrupts interrupts;
    ctl::Output output;
    const auto script = [](Peer& peer) {
        peer.answer(peer.request(), R"({"run":5,"state":"running","first_seq":1,"next_seq":1})");
        ::kill(::getpid(), SIGINT);
        CHECK(peer.request().empty());
    };
    auto ends = socket_pair();
    std::jthread daemon{[&script, socket = std::move(ends.theirs)]() mutable {
        Peer peer{std::move(socket)};
        peer.greet();
        script(peer);
    }};
    {
        ctl::Session session{ctl::Connection{std::move(ends.ours), "the test"}, nullptr,
                             interrupts};
        CHECK_THROWS_AS(
            static_cast<void>(ctl::follow_run(session, 5, ctl::Ownership::watched, {}, output)),
            ctl::Interrupted);
    }
}

TEST_CASE("notifications can be waited for up to a time")
{
    ctl::Interrupts interrupts;
    const auto script = [](Peer& peer) {
        peer.event(R"("seq":1,"type":"note","text":"x")");
        CHECK(peer.request().empty());
    };
    converse(interrupts, script, [](ctl::Session& session) {
        const auto now = std::chrono::steady_clock::now();
        std::optional<proto::Notification> heard;
        while (!heard) {
            heard = session.next_notification(now + std::chrono::hours{1});
        }
        CHECK(heard->method == "event");
        CHECK_FALSE(session.next_notification(now).has_value());
        ::kill(::getpid(), SIGINT);
        CHECK_THROWS_AS(static_cast<void>(session.next_notification(now + std::chrono::hours{1})),
                        ctl::Interrupted);
    });
}

TEST_CASE("where somebody else may speak before the daemon, what was said is quoted")
{
    ctl::Interrupts interrupts;
    auto ends = socket_pair();
    std::jthread daemon{[socket = std::move(ends.theirs)]() mutable {
        Peer peer{std::move(socket)};
        static_cast<void>(peer.request());
        peer.say("Welcome to nas");
    }};
    try {
        const ctl::Session session{
            ctl::Connection{std::move(ends.ours), "the daemon on nas", "be quiet"}, nullptr,
            interrupts};
        FAIL("accepted");
    } catch (const ctl::Failure& failure) {
        CHECK(failure.error().kind == proto::ErrorKind::unreachable);
        CHECK(failure.error().cause.find("\"Welcome to nas\"") != std::string::npos);
        CHECK(failure.error().object == "the daemon on nas");
        CHECK(failure.error().hint == "be quiet");
    }
}

TEST_CASE("an error of the daemon keeps its kind, object and hint")
{
    ctl::Interrupts interrupts;
    const auto script = [](Peer& peer) {
        const auto request = peer.request();
        peer.say(R"({"jsonrpc":"2.0","id":)" + request.at("id").dump() +
                 R"(,"error":{"code":8,"message":"in use","data":{"name":"busy","cause":"in use",)"
                 R"("object":"/a","hint":"wait"}}})");
    };
    converse(interrupts, script, [](ctl::Session& session) {
        try {
            static_cast<void>(session.call(proto::methods::status, proto::Nothing{}));
            FAIL("accepted");
        } catch (const ctl::Failure& failure) {
            CHECK(failure.error().kind == proto::ErrorKind::busy);
            CHECK(failure.error().cause == "in use");
            CHECK(failure.error().object == "/a");
            CHECK(failure.error().hint == "wait");
            CHECK(static_cast<int>(failure.error().exit_code()) == 11);
        }
    });
}

TEST_CASE("a daemon that goes away is an error, not a silence")
{
    ctl::Interrupts interrupts;
    converse(
        interrupts, [](Peer& peer) { peer.request(); },
        [](ctl::Session& session) {
            try {
                static_cast<void>(session.call(proto::methods::status, proto::Nothing{}));
                FAIL("accepted");
            } catch (const ctl::Failure& failure) {
                CHECK(failure.error().kind == proto::ErrorKind::unreachable);
            }
        });
}

TEST_CASE("a lease is taken before the run that depends on it")
{
    ctl::Interrupts interrupts;
    int leases = 0;
    const auto script = [&leases](Peer& peer) {
        const auto status = peer.request();
        leases = peer.leases();
        peer.answer(status, "{}");
    };
    converse(interrupts, script, [](ctl::Session& session) {
        session.begin_lease();
        CHECK_NOTHROW(static_cast<void>(session.call(proto::methods::status, proto::Nothing{})));
    });
    CHECK(leases == 1);
}
