// A connection on which libcurl has logged in, and which is ours from then on.
//
// libcurl's own IMAP verbs are too narrow (backends.md 3.6): of a FETCH the literals reach only the
// callback for headers. So it connects, encrypts and logs in (CURLOPT_CONNECT_ONLY), and the
// commands are ours.
#pragma once

#include "storage/io/fd.hpp"
#include "storage/remote/curl/transfer.hpp"
#include "storage/remote/options.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace duplid::imap {

struct Account {
    std::string url;  ///< imap://host:port or imaps://host:port
    std::string user;
    io::Secret password;
    std::string description;  ///< for messages
};

/// One thread at a time.
class Channel {
public:
    /// Connects and logs in. imap: is encrypted by STARTTLS, which the server must offer, unless
    /// certificates need not be verified. `options` and `account` outlive it.
    /// Throws: Error unreachable, denied, cancelled.
    Channel(curl::HandlePool& pool, const Account& account, const remote::RemoteOptions& options);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    /// Throws, all three: Error unreachable when the connection ends or nothing moves for too long;
    /// cancelled.
    void send(std::string_view bytes);
    /// Without its CRLF. Throws, too: Error unreachable for one that is absurdly long.
    [[nodiscard]] std::string read_line();
    /// The next `octets`, in pieces.
    void read(std::uint64_t octets, const std::function<void(std::string_view)>& into);

    /// The next answers may take a server this much longer than bytes do: it has a mail to store.
    void be_patient(bool is_patient) noexcept { is_patient_ = is_patient; }
    /// Nothing came that nobody asked for, its end included. Only between commands.
    [[nodiscard]] bool is_quiet() const;

private:
    void fill();
    void wait(bool to_write);
    [[nodiscard]] Error broken(const std::string& why) const;

    const Account& account_;
    const remote::RemoteOptions& options_;
    curl::HandlePool::Lent handle_;
    curl::Transfer transfer_;
    int socket_ = -1;
    io::Fd stop_event_;
    std::optional<std::stop_callback<std::function<void()>>> on_stop_;
    bool is_patient_ = false;
    std::string buffer_;
    std::size_t at_ = 0;  ///< in `buffer_`, what was not taken yet
};

}  // namespace duplid::imap
