#include "storage/remote/ssh/waiter.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <fmt/format.h>
#include <sys/eventfd.h>

namespace duplid::ssh {

namespace {

constexpr std::size_t fds_max = 4;
constexpr std::chrono::seconds step{1};

}  // namespace

void Waiter::Wake::operator()() const noexcept
{
    ::eventfd_write(event, 1);
}

Waiter::Waiter(const std::stop_token& stop, std::chrono::seconds patience, std::string name)
    : stop_{stop}, patience_{std::max(patience, std::chrono::seconds{1})}, name_{std::move(name)},
      event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    if (!event_) {
        throw system_error(errno, "preparing to reach " + name_, name_);
    }
    waker_.emplace(stop_, Wake{event_.get()});
}

void Waiter::check() const
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "stopped on request", name_};
    }
}

void Waiter::wait(std::span<const pollfd> fds)
{
    assert(fds.size() <= fds_max);
    std::array<pollfd, fds_max + 1> all{};
    std::copy(fds.begin(), fds.end(), all.begin());
    all.at(fds.size()) = pollfd{event_.get(), POLLIN, 0};
    // In steps, so that a process that was held still for an hour has waited one step, no longer.
    for (auto left = patience_ * times_; left.count() > 0;) {
        const int ready = ::poll(all.data(), fds.size() + 1,
                                 static_cast<int>(std::chrono::milliseconds{step}.count()));
        check();
        if (ready > 0) {
            return;
        }
        if (ready < 0 && errno != EINTR) {
            throw system_error(errno, "waiting for " + name_, name_);
        }
        left -= ready == 0 ? step : std::chrono::seconds{0};
    }
    throw Error{Error::Kind::unreachable,
                fmt::format("{}: nothing moved for {} s", name_, (patience_ * times_).count()),
                name_, "the server or the network is stuck; --timeout says how long to wait"};
}

}  // namespace duplid::ssh
