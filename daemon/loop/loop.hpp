// The event loop and the one door into it. The only folder that includes libuv's header, and of it
// only .cpp files and this one.
#pragma once

#include "daemon/loop/guarded.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <uv.h>
#include <vector>

namespace duplid::daemon {

/// Throws: Error internal when `code` is a libuv error, naming what was being done.
void check_uv(int code, const char* doing);

/// Owns a libuv loop. Made and run by one thread: the loop thread. All handles are declared after
/// it and die before it; the destructor runs the loop until their close callbacks have come.
class Loop {
public:
    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    /// Serves until stop().
    void run();
    void stop() noexcept;
    [[nodiscard]] uv_loop_t* get() noexcept { return &loop_; }

private:
    uv_loop_t loop_{};
};

/// Owns one libuv handle (T is uv_pipe_t, uv_timer_t ...). libuv wants the memory of a handle until
/// its close callback was called, so it outlives this object until then; `data` is null from the
/// moment this object goes, which callbacks that come late look at.
template <class T>
class LoopHandle {
public:
    LoopHandle() : handle_{new T{}} {}

    [[nodiscard]] T* get() const noexcept { return handle_.get(); }
    [[nodiscard]] T* operator->() const noexcept { return handle_.get(); }

    /// To be called once libuv's own init function has succeeded: only then must it be closed.
    void initialised(void* owner) noexcept
    {
        handle_->data = owner;
        handle_.get_deleter().initialised = true;
    }

private:
    struct Closer {
        bool initialised = false;

        void operator()(T* handle) const noexcept
        {
            if (!initialised) {
                std::default_delete<T>{}(handle);
                return;
            }
            handle->data = nullptr;
            uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* closed) {
                std::default_delete<T>{}(reinterpret_cast<T*>(closed));
            });
        }
    };

    std::unique_ptr<T, Closer> handle_;
};

/// The one way from any other thread into the loop thread.
class LoopMailbox {
public:
    explicit LoopMailbox(Loop& loop);
    LoopMailbox(const LoopMailbox&) = delete;
    LoopMailbox& operator=(const LoopMailbox&) = delete;

    /// Has `action` called on the loop thread, after those posted before it. Callers bound how many
    /// of theirs are under way. The mailbox must outlive all threads that post.
    void post(std::function<void()> action);

private:
    void deliver();

    Guarded<std::vector<std::function<void()>>> actions_;
    LoopHandle<uv_async_t> wake_;
};

/// Calls back on the loop thread after a time. Steady time: stands still while the machine sleeps.
class LoopTimer {
public:
    LoopTimer(Loop& loop, std::function<void()> on_time);
    LoopTimer(const LoopTimer&) = delete;
    LoopTimer& operator=(const LoopTimer&) = delete;

    void start_once(std::chrono::milliseconds delay);
    void start_repeating(std::chrono::milliseconds interval);
    void stop() noexcept;

private:
    std::function<void()> on_time_;
    LoopHandle<uv_timer_t> timer_;
};

/// Calls back on the loop thread when the process gets a signal.
class LoopSignal {
public:
    LoopSignal(Loop& loop, int signal_number, std::function<void()> on_signal);
    LoopSignal(const LoopSignal&) = delete;
    LoopSignal& operator=(const LoopSignal&) = delete;

private:
    std::function<void()> on_signal_;
    LoopHandle<uv_signal_t> signal_;
};

}  // namespace duplid::daemon
