#include "daemon/questions/questions.hpp"

#include "proto/error.hpp"
#include "storage/io/wiped_memory.hpp"

#include <string>

namespace duplid::daemon {

Questions::~Questions()
{
    close_all();
}

void Questions::ask(std::shared_ptr<AnswerChannel> channel, Body body)
{
    if (under_way_.size() >= under_way_max) {
        throw proto::ProtocolError{
            {proto::ErrorKind::too_many,
             std::to_string(under_way_max) + " questions are being answered already", "",
             "ask again when some of them have their answers"}};
    }
    const auto id = next_id_++;
    auto& question = under_way_[id];
    question.channel = channel;
    question.thread = std::jthread{[this, id, channel, body = std::move(body)]() mutable {
        body(*channel);
        body = nullptr;  // secrets go with it
        io::wipe_stack();
        channel->finish();
        mailbox_.post([this, id] {
            under_way_.erase(id);
            if (idle_ && idle()) {
                idle_();
            }
        });
    }};
}

void Questions::close_all()
{
    for (auto& [id, question] : under_way_) {
        question.channel->close();
    }
}

}  // namespace duplid::daemon
