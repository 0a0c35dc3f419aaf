// What the bodies of questions have in common: the reply or the error at the end, and entries that
// come before it in notifications of bounded size.
#pragma once

#include "daemon/archive/archive_opener.hpp"
#include "daemon/archive/errors.hpp"
#include "daemon/questions/answer_channel.hpp"
#include "proto/envelope.hpp"
#include "proto/protocol.hpp"
#include "proto/writer.hpp"

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::daemon {

/// For questions: without locks, so that they are answered beside a run.
[[nodiscard]] inline OpenOptions open_unlocked(const AnswerChannel& channel)
{
    return {.locking = Locking::none, .stop = channel.stop_token(), .on_wait = {}, .on_retry = {}};
}

/// Sends what `answer` returns as the reply, or what it throws as the error.
template <class Answer>
void send_answer(AnswerChannel& channel, const proto::Json& id, Answer answer)
{
    std::string line;
    try {
        line = proto::reply_line(id, proto::write_message(answer()));
        if (line.size() > proto::line_bytes_max) {
            throw Error{Error::Kind::invalid, "the answer would be longer than a line may be", "",
                        "ask for less"};
        }
    } catch (...) {
        line = proto::error_line(id, to_rpc(std::current_exception()));
    }
    channel.push(std::move(line));
}

/// Collects entries into notifications of bounded size. `Part` is the notification's struct, with a
/// member `request`, and `list` its member for the entries.
template <class Part, class Entry>
class EntrySender {
public:
    /// All outlive this object.
    EntrySender(AnswerChannel& channel, const proto::Json& id, std::string_view notification,
                std::vector<Entry> Part::*list)
        : channel_{channel}, id_{id}, notification_{notification}, list_{list}
    {
    }

    /// `text_bytes`: of all paths and texts in it. False when nobody listens any more.
    bool take(Entry entry, std::size_t text_bytes)
    {
        // JSON may write a byte as six (\u0001), and the twin in base64 comes on top.
        constexpr std::size_t numbers_bytes = 1024;
        const auto weight = numbers_bytes + 8 * text_bytes;
        constexpr std::size_t weight_max = proto::line_bytes_max / 2;
        auto& entries = part_.*list_;
        if (!entries.empty() && (weight_ + weight > weight_max ||
                                 entries.size() >= proto::files_per_notification_max)) {
            if (!flush()) {
                return false;
            }
        }
        weight_ += weight;
        ++count_;
        entries.push_back(std::move(entry));
        return true;
    }

    bool flush()
    {
        if ((part_.*list_).empty()) {
            return true;
        }
        part_.request = id_;
        weight_ = 0;
        return channel_.push(proto::notification_line(
            notification_, proto::write_message(std::exchange(part_, {}))));
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    AnswerChannel& channel_;
    const proto::Json& id_;
    std::string_view notification_;
    std::vector<Entry> Part::*list_;
    Part part_;
    std::size_t weight_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace duplid::daemon
