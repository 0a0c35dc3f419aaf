#include "engine/codec/gpgme_loop.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <gpgme.h>
#include <poll.h>

namespace duplid::codec {

// A descriptor of gpgme's, and whom to call when something happens on it.
struct GpgmeLoop::Watch {
    int fd;
    short events;
    gpgme_io_cb_t handler;
    void* handler_data;
    bool is_removed = false;
};

GpgmeLoop::GpgmeLoop(gpgme_context* context)
{
    gpgme_io_cbs callbacks{};
    callbacks.add = &GpgmeLoop::on_add;
    callbacks.add_priv = this;
    callbacks.remove = &GpgmeLoop::on_remove;
    callbacks.event = [](void* self, gpgme_event_io_t type, void* data) noexcept {
        if (type == GPGME_EVENT_DONE) {
            auto& loop = *static_cast<GpgmeLoop*>(self);
            const auto& ended = *static_cast<gpgme_io_event_done_data_t>(data);
            loop.is_done_ = true;
            loop.code_ = ended.err != 0 ? ended.err : ended.op_err;
        }
    };
    callbacks.event_priv = this;
    gpgme_set_io_cbs(context, &callbacks);
}

GpgmeLoop::~GpgmeLoop() = default;

unsigned GpgmeLoop::on_add(void* self, int fd, int is_read, unsigned (*handler)(void*, int),
                           void* handler_data, void** tag) noexcept
{
    auto& loop = *static_cast<GpgmeLoop*>(self);
    try {
        const short events = is_read != 0 ? POLLIN : POLLOUT;
        loop.watches_.push_back(std::make_unique<Watch>(Watch{fd, events, handler, handler_data}));
        *tag = loop.watches_.back().get();
        return 0;
    } catch (...) {
        return gpgme_error(GPG_ERR_ENOMEM);
    }
}

// Only marks it: turn() may hold its address, which nothing else may have meanwhile.
void GpgmeLoop::on_remove(void* tag) noexcept
{
    static_cast<Watch*>(tag)->is_removed = true;
}

void GpgmeLoop::turn()
{
    std::erase_if(watches_, [](const auto& watch) { return watch->is_removed; });
    if (watches_.empty()) {
        throw Error{Error::Kind::internal, "gpgme waits for nothing"};
    }
    std::vector<pollfd> fds;
    std::vector<const Watch*> asked;
    for (const auto& watch : watches_) {
        fds.push_back({.fd = watch->fd, .events = watch->events, .revents = 0});
        asked.push_back(watch.get());
    }
    if (::poll(fds.data(), fds.size(), -1) < 0) {
        if (errno != EINTR) {
            throw system_error(errno, "waiting for gpg", "");
        }
        return;
    }
    for (std::size_t i = 0; i < fds.size(); ++i) {
        // A handler may remove any watch, its own included.
        if (fds[i].revents != 0 && !asked[i]->is_removed) {
            // What it returns comes with the end of the operation, too.
            (void)asked[i]->handler(asked[i]->handler_data, fds[i].fd);
        }
    }
}

unsigned GpgmeLoop::finish(unsigned start_code)
{
    if (start_code != 0) {
        return start_code;
    }
    while (!is_done_) {
        turn();
    }
    is_done_ = false;
    return code_;
}

}  // namespace duplid::codec
