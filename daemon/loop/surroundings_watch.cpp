#include "daemon/loop/surroundings_watch.hpp"

#include "storage/io/error.hpp"

#include <array>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

// The group to which the kernel itself sends its uevents; udev's is 2.
constexpr unsigned kernel_uevents = 1;

}  // namespace

SurroundingsWatch::SurroundingsWatch(Loop& loop, std::function<void()> on_change)
    : loop_{loop}, after_burst_{loop, [this, told = std::move(on_change)] {
                                    in_burst_ = false;
                                    told();
                                }}
{
}

void SurroundingsWatch::watch(bool on)
{
    if (!on) {
        sources_.clear();
        after_burst_.stop();
        in_burst_ = false;
    } else if (sources_.empty()) {
        add_netlink(NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
        add_netlink(NETLINK_KOBJECT_UEVENT, kernel_uevents);
        add_mounts();
    }
}

void SurroundingsWatch::add_netlink(int family, unsigned groups)
{
    io::Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, family)};
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = groups;
    if (socket &&
        bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        add(std::move(socket), true);
    }
}

void SurroundingsWatch::add_mounts()
{
    try {
        add(io::open_file("/proc/self/mountinfo", O_RDONLY), false);
    } catch (const Error&) {
        // No /proc: nothing to watch.
    }
}

void SurroundingsWatch::add(io::Fd descriptor, bool has_messages)
{
    auto& source = sources_.emplace_back(Source{std::move(descriptor), has_messages, this, {}});
    if (uv_poll_init(loop_.get(), source.poll.get(), source.descriptor.get()) != 0) {
        sources_.pop_back();
        return;
    }
    source.poll.initialised(&source);
    // A table of mounts that has changed is an exceptional condition: poll(2), POLLPRI.
    check_uv(uv_poll_start(source.poll.get(), has_messages ? UV_READABLE : UV_PRIORITIZED,
                           [](uv_poll_t* handle, int, int) {
                               if (auto* heard_by = static_cast<Source*>(handle->data)) {
                                   heard_by->owner->heard(*heard_by);
                               }
                           }),
             "watching for changes");
}

void SurroundingsWatch::heard(Source& source)
{
    if (source.has_messages) {
        // What they say is of no interest: the state is read where it stands. Errors neither: one
        // that says that messages were lost is news as well.
        std::array<char, 16384> message{};
        while (recv(source.descriptor.get(), message.data(), message.size(), 0) > 0) {
        }
    }
    if (!in_burst_) {
        in_burst_ = true;
        after_burst_.start_once(burst);
    }
}

}  // namespace duplid::daemon
