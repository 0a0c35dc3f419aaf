#include "storage/remote/imap/channel.hpp"

#include "storage/io/error.hpp"
#include "storage/io/wiped_memory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace duplid::imap {

namespace {

constexpr std::size_t piece_bytes = std::size_t{64} << 10U;
/// A limit of rate is kept smoothly by small pieces.
constexpr std::size_t limited_bytes = std::size_t{16} << 10U;
/// The numbers of a million mails.
constexpr std::size_t line_bytes_max = std::size_t{16} << 20U;
constexpr int answer_patience = 10;

}  // namespace

Channel::Channel(curl::HandlePool& pool, const Account& account,
                 const remote::RemoteOptions& options)
    : account_{account}, options_{options}, handle_{pool.lend()}, transfer_{handle_, options},
      stop_event_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    if (!stop_event_) {
        throw system_error(errno, "making an event", account.description);
    }
    transfer_.set_url(account.url);
    transfer_.set(CURLOPT_PROTOCOLS_STR, "imap,imaps");
    transfer_.set(CURLOPT_HTTPPROXYTUNNEL, 1L);
    transfer_.set(CURLOPT_CONNECT_ONLY, 1L);
    transfer_.set(CURLOPT_FRESH_CONNECT, 1L);
    transfer_.set(CURLOPT_USE_SSL,
                  static_cast<long>(options.tls.verify ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    transfer_.set_login(account.user, account.password);
    const auto doing = fmt::format("logging in to {}", account.description);
    const auto code = transfer_.try_perform();
    // The transfer lives as long as the connection, and would wipe it then.
    io::wipe_stack();
    if (code == CURLE_USE_SSL_FAILED) {
        throw Error{Error::Kind::denied, doing + ": the server offers no encryption (STARTTLS)",
                    account.description,
                    "imaps:// may be what it offers; --ssl-no-check-certificate sends the password "
                    "and all else in clear text where there is no other way"};
    }
    if (code != CURLE_OK) {
        throw transfer_.error_of(code, doing, account.description);
    }
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(transfer_.get(), CURLINFO_ACTIVESOCKET, &socket);
    if (socket == CURL_SOCKET_BAD) {
        throw broken("it ended after the login");
    }
    socket_ = socket;
    on_stop_.emplace(options.stop, [event = stop_event_.get()] {
        const std::uint64_t one = 1;
        // It can only fail when the event was set often already.
        [[maybe_unused]] const auto written = ::write(event, &one, sizeof one);
    });
}

Channel::~Channel()
{
    // The connection is in the middle of a conversation that libcurl knows nothing of.
    handle_.discard();
}

Error Channel::broken(const std::string& why) const
{
    return {Error::Kind::unreachable,
            fmt::format("the connection to {} broke: {}", account_.description, why),
            account_.description};
}

void Channel::wait(bool to_write)
{
    const auto patience = options_.timeout * (is_patient_ && !to_write ? answer_patience : 1);
    std::array<pollfd, 2> both{
        pollfd{socket_, static_cast<short>(to_write ? POLLOUT : POLLIN), 0},
        pollfd{stop_event_.get(), POLLIN, 0},
    };
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    const int ready = ::poll(both.data(), both.size(),
                             static_cast<int>(std::min<std::int64_t>(limit, 24 * 3600 * 1000)));
    if (options_.stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "stopped on request", account_.description};
    }
    if (ready == 0) {
        throw Error{
            Error::Kind::unreachable,
            fmt::format("{}: nothing moved for {} s", account_.description, patience.count()),
            account_.description,
            "the server or the network is stuck; --timeout says how long to wait"};
    }
    if (ready < 0 && errno != EINTR) {
        throw system_error(errno, "waiting for", account_.description, Error::Kind::unreachable);
    }
}

void Channel::send(std::string_view bytes)
{
    const bool is_limited = options_.limits && options_.limits->up.get() != 0;
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, is_limited ? limited_bytes : piece_bytes);
        if (options_.limits) {
            options_.limits->up.take(piece.size(), options_.stop);
        }
        auto left = piece;
        while (!left.empty()) {
            std::size_t sent = 0;
            const auto code = curl_easy_send(transfer_.get(), left.data(), left.size(), &sent);
            if (code == CURLE_AGAIN) {
                wait(true);
            } else if (code != CURLE_OK) {
                throw broken(curl_easy_strerror(code));
            }
            left.remove_prefix(sent);
        }
        bytes.remove_prefix(piece.size());
    }
}

// Some more bytes behind those that are there.
void Channel::fill()
{
    if (at_ > 0) {
        buffer_.erase(0, at_);
        at_ = 0;
    }
    const auto before = buffer_.size();
    buffer_.resize(before + piece_bytes);
    for (;;) {
        std::size_t got = 0;
        const auto code =
            curl_easy_recv(transfer_.get(), buffer_.data() + before, piece_bytes, &got);
        if (code == CURLE_AGAIN) {
            wait(false);
            continue;
        }
        buffer_.resize(before + got);
        if (code != CURLE_OK) {
            throw broken(curl_easy_strerror(code));
        }
        if (got == 0) {
            throw broken("the server closed it");
        }
        if (options_.limits) {
            options_.limits->down.take(got, options_.stop);
        }
        return;
    }
}

std::string Channel::read_line()
{
    std::size_t looked = 0;
    for (;;) {
        const auto end = buffer_.find('\n', at_ + looked);
        if (end != std::string::npos) {
            auto line = buffer_.substr(at_, end - at_);
            at_ = end + 1;
            if (line.ends_with('\r')) {
                line.pop_back();
            }
            return line;
        }
        looked = buffer_.size() - at_;
        if (looked > line_bytes_max) {
            throw broken("a line has no end");
        }
        fill();
    }
}

void Channel::read(std::uint64_t octets, const std::function<void(std::string_view)>& into)
{
    while (octets > 0) {
        if (at_ == buffer_.size()) {
            fill();
        }
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(octets, buffer_.size() - at_));
        const std::string_view piece{buffer_.data() + at_, count};
        at_ += count;
        octets -= count;
        into(piece);
    }
}

bool Channel::is_quiet() const
{
    pollfd one{socket_, POLLIN, 0};
    return at_ == buffer_.size() && ::poll(&one, 1, 0) == 0;
}

}  // namespace duplid::imap
