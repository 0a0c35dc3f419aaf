#include "daemon/service/login_inhibitor.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <systemd/sd-bus.h>
#include <utility>

namespace duplid::daemon {

namespace {

constexpr auto* service = "org.freedesktop.login1";
constexpr auto* path = "/org/freedesktop/login1";
constexpr auto* interface = "org.freedesktop.login1.Manager";

/// Both at once: what is half sent is as half after either.
constexpr auto* what = "sleep:shutdown";

}  // namespace

void LoginInhibitor::BusCloser::operator()(sd_bus* bus) const noexcept
{
    sd_bus_close_unref(bus);
}

LoginInhibitor::LoginInhibitor(Loop& loop, OnPrepare on_prepare)
    : loop_{loop}, on_prepare_{std::move(on_prepare)}, timer_{loop, [this] { serve(); }}
{
}

LoginInhibitor::~LoginInhibitor() = default;

void LoginInhibitor::take()
{
    is_wanted_ = true;
    if (has_failed_ || lock_ || is_asked_) {
        return;
    }
    if (!bus_ && !connect()) {
        has_failed_ = true;
        return;
    }
    ask();
}

void LoginInhibitor::release()
{
    is_wanted_ = false;
    lock_ = io::Fd{};
}

void LoginInhibitor::disconnect()
{
    release();
    timer_.stop();
    poll_.reset();
    bus_.reset();
    has_failed_ = false;
    is_asked_ = false;
    about_to_ = false;
}

bool LoginInhibitor::connect()
{
    sd_bus* opened = nullptr;
    // Connects only; greeting the bus, and all that follows, is done as the loop comes by.
    if (sd_bus_open_system(&opened) < 0) {
        return false;
    }
    bus_.reset(opened);
    const auto heard = [](sd_bus_message* signal, void* self, sd_bus_error*) {
        static_cast<LoginInhibitor*>(self)->on_signal(signal);
        return 0;
    };
    for (const auto* signal : {"PrepareForSleep", "PrepareForShutdown"}) {
        if (sd_bus_match_signal_async(bus_.get(), nullptr, service, path, interface, signal, heard,
                                      nullptr, this) < 0) {
            bus_.reset();
            return false;
        }
    }
    poll_.emplace();
    if (uv_poll_init(loop_.get(), poll_->get(), sd_bus_get_fd(bus_.get())) != 0) {
        poll_.reset();
        bus_.reset();
        return false;
    }
    poll_->initialised(this);
    return true;
}

void LoginInhibitor::ask()
{
    const auto answered = [](sd_bus_message* reply, void* self, sd_bus_error*) {
        static_cast<LoginInhibitor*>(self)->on_reply(reply);
        return 0;
    };
    if (sd_bus_call_method_async(bus_.get(), nullptr, service, path, interface, "Inhibit", answered,
                                 this, "ssss", what, "duplid", "A backup is being stored",
                                 "delay") < 0) {
        lose();
        return;
    }
    is_asked_ = true;
    wait_for_more();
}

void LoginInhibitor::on_reply(sd_bus_message* reply)
{
    is_asked_ = false;
    int descriptor = -1;
    if (sd_bus_message_is_method_error(reply, nullptr) != 0 ||
        sd_bus_message_read(reply, "h", &descriptor) < 0) {
        // No login manager, or one that refuses. Asked again when there is work again.
        has_failed_ = true;
        return;
    }
    // The message's own descriptor goes with it.
    io::Fd lock{::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)};
    if (is_wanted_) {
        lock_ = std::move(lock);
    }
}

void LoginInhibitor::on_signal(sd_bus_message* signal)
{
    int begins = 0;
    if (sd_bus_message_read(signal, "b", &begins) >= 0) {
        about_to_ = begins != 0;
        on_prepare_(about_to_);
    }
}

void LoginInhibitor::serve()
{
    int done = 1;
    // What is called may disconnect.
    while (bus_ && done > 0) {
        done = sd_bus_process(bus_.get(), nullptr);
    }
    if (bus_ && done < 0) {
        lose();
    } else if (bus_) {
        wait_for_more();
    }
}

void LoginInhibitor::wait_for_more()
{
    const int events = sd_bus_get_events(bus_.get());
    std::uint64_t until = 0;
    if (events < 0 || sd_bus_get_timeout(bus_.get(), &until) < 0) {
        lose();
        return;
    }
    const int wanted =
        ((events & POLLIN) != 0 ? UV_READABLE : 0) | ((events & POLLOUT) != 0 ? UV_WRITABLE : 0);
    const int started = uv_poll_start(poll_->get(), wanted, [](uv_poll_t* handle, int, int) {
        if (auto* self = static_cast<LoginInhibitor*>(handle->data)) {
            self->serve();
        }
    });
    if (started != 0) {
        lose();
        return;
    }
    if (until == UINT64_MAX) {
        timer_.stop();
        return;
    }
    // A moment of CLOCK_MONOTONIC, in microseconds: sd_bus_get_timeout(3).
    using namespace std::chrono;
    const auto now = duration_cast<microseconds>(steady_clock::now().time_since_epoch());
    const auto left = microseconds{static_cast<std::int64_t>(until)} - now;
    timer_.start_once(std::max(ceil<milliseconds>(left), milliseconds{0}));
}

void LoginInhibitor::lose()
{
    const bool was_about_to = about_to_;
    disconnect();
    has_failed_ = true;
    if (was_about_to) {
        on_prepare_(false);
    }
}

}  // namespace duplid::daemon
