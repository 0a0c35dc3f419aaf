#include "daemon/questions/answer_channel.hpp"

namespace duplid::daemon {

bool AnswerChannel::push(std::string line)
{
    {
        std::unique_lock lock{mutex_};
        room_.wait(lock, [this] { return closed_ || lines_.size() < lines_max; });
        if (closed_) {
            return false;
        }
        lines_.push_back(std::move(line));
    }
    on_line_();
    return true;
}

void AnswerChannel::finish()
{
    {
        const std::lock_guard lock{mutex_};
        finished_ = true;
    }
    on_line_();
}

bool AnswerChannel::is_over()
{
    const std::lock_guard lock{mutex_};
    return lines_.empty() && (finished_ || closed_);
}

std::optional<std::string> AnswerChannel::take()
{
    std::optional<std::string> line;
    {
        const std::lock_guard lock{mutex_};
        if (lines_.empty()) {
            return std::nullopt;
        }
        line = std::move(lines_.front());
        lines_.pop_front();
    }
    room_.notify_one();
    return line;
}

void AnswerChannel::close()
{
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        lines_.clear();
    }
    stop_.request_stop();
    room_.notify_all();
}

}  // namespace duplid::daemon
