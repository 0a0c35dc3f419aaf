#include "daemon/questions/question_monitor.hpp"

#include "daemon/runs/run_monitor.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <exception>
#include <string>

namespace duplid::daemon {

void QuestionMonitor::phase(operation::Phase phase) noexcept
{
    const std::lock_guard lock{mutex_};
    phase_ = phase;
}

void QuestionMonitor::progress(const operation::Progress& progress) noexcept
{
    try {
        proto::QuestionProgress told;
        {
            const std::lock_guard lock{mutex_};
            const auto now = clock_();
            if (now - told_ < interval) {
                return;
            }
            told_ = now;
            told.phase = name_of(phase_);
        }
        told.request = id_;
        told.figures = figures_of(progress);
        // False means that nobody listens; the answer's own lines find out as well.
        static_cast<void>(channel_.push(
            proto::notification_line(proto::progress_notification, proto::write_message(told))));
    } catch (const std::exception&) {
        // Whoever asked misses one line of progress.
    }
}

}  // namespace duplid::daemon
