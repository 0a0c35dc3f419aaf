#include "daemon/loop/loop.hpp"

#include "storage/io/error.hpp"

#include <string>

namespace duplid::daemon {

void check_uv(int code, const char* doing)
{
    if (code < 0) {
        throw Error{Error::Kind::internal, std::string{doing} + ": " + uv_strerror(code)};
    }
}

Loop::Loop()
{
    check_uv(uv_loop_init(&loop_), "making the event loop");
}

Loop::~Loop()
{
    // What is left are handles whose owners are gone and whose close callbacks are due.
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
}

void Loop::run()
{
    uv_run(&loop_, UV_RUN_DEFAULT);
}

void Loop::stop() noexcept
{
    uv_stop(&loop_);
}

LoopMailbox::LoopMailbox(Loop& loop)
{
    check_uv(uv_async_init(loop.get(), wake_.get(),
                           [](uv_async_t* handle) {
                               if (auto* self = static_cast<LoopMailbox*>(handle->data)) {
                                   self->deliver();
                               }
                           }),
             "making the mailbox");
    wake_.initialised(this);
}

void LoopMailbox::post(std::function<void()> action)
{
    actions_.with([&action](auto& actions) { actions.push_back(std::move(action)); });
    uv_async_send(wake_.get());
}

void LoopMailbox::deliver()
{
    // Outside the lock: actions may post.
    for (const auto& action :
         actions_.with([](auto& actions) { return std::exchange(actions, {}); })) {
        action();
    }
}

LoopTimer::LoopTimer(Loop& loop, std::function<void()> on_time) : on_time_{std::move(on_time)}
{
    check_uv(uv_timer_init(loop.get(), timer_.get()), "making a timer");
    timer_.initialised(this);
}

void LoopTimer::start_once(std::chrono::milliseconds delay)
{
    start_repeating(delay);
    uv_timer_set_repeat(timer_.get(), 0);
}

void LoopTimer::start_repeating(std::chrono::milliseconds interval)
{
    const auto milliseconds = static_cast<std::uint64_t>(interval.count());
    // The loop's idea of now dates from when it last woke up.
    uv_update_time(timer_->loop);
    check_uv(uv_timer_start(
                 timer_.get(),
                 [](uv_timer_t* handle) {
                     if (auto* self = static_cast<LoopTimer*>(handle->data)) {
                         self->on_time_();
                     }
                 },
                 milliseconds, milliseconds),
             "starting a timer");
}

void LoopTimer::stop() noexcept
{
    uv_timer_stop(timer_.get());
}

LoopSignal::LoopSignal(Loop& loop, int signal_number, std::function<void()> on_signal)
    : on_signal_{std::move(on_signal)}
{
    check_uv(uv_signal_init(loop.get(), signal_.get()), "watching signals");
    signal_.initialised(this);
    check_uv(uv_signal_start(
                 signal_.get(),
                 [](uv_signal_t* handle, int) {
                     if (auto* self = static_cast<LoopSignal*>(handle->data)) {
                         self->on_signal_();
                     }
                 },
                 signal_number),
             "watching signals");
}

}  // namespace duplid::daemon
