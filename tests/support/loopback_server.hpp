// An HTTP server on loopback that says what a test tells it to, byte for byte.
#pragma once

#include "storage/io/fd.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct ssl_ctx_st;

namespace duplid::support {

/// Answers one request after another, each connection in a thread of its own.
class LoopbackServer {
public:
    struct Seen {
        std::string head;  ///< up to the empty line, which is not in it
        std::string body;
        unsigned connection = 0;  ///< 1 for the first
    };
    struct Reply {
        std::string bytes;  ///< sent as they are
        bool close =
            false;  ///< the connection ends behind them; else it waits for the next request
        bool stall = false;  ///< nothing more happens until the server goes
    };
    /// Called with each whole request, in any thread.
    using Handler = std::function<Reply(const Seen&)>;

    enum class Tls { no, yes };

    explicit LoopbackServer(Handler handler, Tls tls = Tls::no);
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;
    ~LoopbackServer();

    /// "http://127.0.0.1:PORT"; "https" with TLS.
    [[nodiscard]] std::string url() const;
    /// The certificate, which signs itself; PEM.
    [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
    /// From now on it does not say that it wants a body for which it is asked first.
    void keep_silent() noexcept { says_continue_ = false; }
    /// What was asked, in order.
    [[nodiscard]] std::vector<Seen> seen() const;

private:
    struct FreeContext {
        void operator()(ssl_ctx_st* context) const noexcept;
    };

    void make_certificate();
    void accept_all();
    void serve(int socket, unsigned connection);

    Handler handler_;
    std::unique_ptr<ssl_ctx_st, FreeContext> tls_;
    std::string certificate_;
    io::Fd listener_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<Seen> seen_;
    std::vector<int> open_;
    std::atomic<bool> ended_ = false;
    std::atomic<bool> says_continue_ = true;
    std::vector<std::jthread> threads_;
    std::jthread acceptor_;
};

}  // namespace duplid::support
