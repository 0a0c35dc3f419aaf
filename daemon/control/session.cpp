#include "daemon/control/session.hpp"

#include "proto/methods.hpp"
#include "proto/writer.hpp"

namespace duplid::daemon {

namespace {

[[noreturn]] void refuse(std::size_t limit, const std::string& what)
{
    throw proto::ProtocolError{{proto::ErrorKind::too_many,
                                std::to_string(limit) + " " + what + " on this connection already",
                                "", "open another connection"}};
}

}  // namespace

Session::Session(Loop& loop, Traffic& traffic, std::uint64_t id, Callbacks callbacks)
    : loop_{loop}, id_{id}, callbacks_{std::move(callbacks)},
      connection_{
          loop,
          traffic,
          {.on_line =
               [this](proto::WipedBuffer line) { callbacks_.on_line(*this, std::move(line)); },
           .on_overflow =
               [this] {
                   cut_off(
                       {proto::ErrorKind::parse_error,
                        "a line is longer than " + std::to_string(proto::line_bytes_max) + " bytes",
                        "", ""});
               },
           .on_crowded =
               [this] {
                   cut_off({proto::ErrorKind::too_many,
                            "too much of requests has come without their ends, on all connections "
                            "together",
                            "", "send long requests one after the other, and to their ends"});
               },
           .on_room = [this] { pump(); },
           .on_input_end = [this] { on_input_end(); },
           .on_end = [this] { callbacks_.on_end(*this); }}}
{
}

void Session::turn_away(const proto::RpcError& why)
{
    turned_away_ = true;
    cut_off(why);
}

void Session::cut_off(const proto::RpcError& why)
{
    reply_error(nullptr, why);
    connection_.end_when_sent();
}

void Session::set_peer(uid_t uid, Access access) noexcept
{
    uid_ = uid;
    access_ = access;
}

void Session::reply(const proto::Json& id, proto::Json result)
{
    connection_.send(proto::reply_line(id, std::move(result)));
}

void Session::reply_error(const proto::Json& id, const proto::RpcError& error)
{
    connection_.send(proto::error_line(id, error));
}

void Session::watch(std::shared_ptr<Run> run, std::uint64_t seq)
{
    const auto id = run->id();
    if (!watches_.contains(id) && watches_.size() >= watches_max) {
        refuse(watches_max, "runs are watched");
    }
    watches_.insert_or_assign(id, Watch{std::move(run), seq});
}

void Session::check_answers() const
{
    if (answers_.size() >= answers_max) {
        refuse(answers_max, "questions are being answered");
    }
}

void Session::add_answer(std::shared_ptr<AnswerChannel> answer)
{
    answers_.push_back(std::move(answer));
}

void Session::pump()
{
    pump_answers();
    pump_watches();
    if (input_over_ && !is_owed_something()) {
        connection_.end_when_sent();
    }
}

void Session::on_input_end()
{
    input_over_ = true;
    // It cannot be renewed any more, and need not be: the connection tells when the client goes.
    lease_.reset();
    lease_over_ = false;
    callbacks_.on_input_end(*this);
    pump();
}

bool Session::is_owed_something() const noexcept
{
    return replies_expected_ > 0 || !answers_.empty() || !watches_.empty();
}

void Session::pump_answers()
{
    for (const auto& answer : answers_) {
        while (connection_.has_room()) {
            auto line = answer->take();
            if (!line) {
                break;
            }
            connection_.send(std::move(*line));
        }
    }
    std::erase_if(answers_, [](const auto& answer) { return answer->is_over(); });
}

void Session::pump_watches()
{
    for (auto item = watches_.begin(); item != watches_.end();) {
        auto& watch = item->second;
        bool over = false;
        while (!over && connection_.has_room()) {
            const auto event = watch.run->log().next(watch.next_seq);
            if (!event) {
                break;
            }
            watch.next_seq = event->seq + 1;
            over = std::holds_alternative<proto::DoneEvent>(event->what);
            connection_.send(
                proto::notification_line(proto::event_notification, proto::write_message(*event)));
        }
        item = over ? watches_.erase(item) : std::next(item);
    }
}

bool Session::renew_lease(std::chrono::seconds duration)
{
    if (!lease_) {
        lease_.emplace(loop_, [this] {
            lease_over_ = true;
            callbacks_.on_lease_over(*this);
        });
    }
    lease_->start_once(duration);
    return std::exchange(lease_over_, false);
}

void Session::close_answers()
{
    for (const auto& answer : answers_) {
        answer->close();
    }
    answers_.clear();
    watches_.clear();
}

}  // namespace duplid::daemon
