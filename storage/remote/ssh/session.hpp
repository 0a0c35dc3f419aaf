// One connection through libssh2, its server's key checked and logged in.
//
// What libssh2 1.10 cannot do was tried and is listed in backends.md 3.2; a newer library is asked
// for its version, never for a constant.
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/ssh/settings.hpp"
#include "storage/remote/ssh/stream.hpp"
#include "storage/remote/ssh/waiter.hpp"

#include <memory>
#include <string>
#include <string_view>

struct _LIBSSH2_SESSION;

namespace duplid::ssh {

/// One thread at a time; so are the streams made from it, together. Only one of them at a time.
class Session : public std::enable_shared_from_this<Session> {
public:
    /// Connects, checks the server's key and logs in. `settings` and `options` outlive it.
    /// Throws: Error unreachable; denied for keys of servers and for logins; BeyondUs.
    Session(const Settings& settings, const remote::RemoteOptions& options);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// The server's sftp. Throws: NoSftp.
    [[nodiscard]] std::unique_ptr<Stream> open_sftp();
    [[nodiscard]] std::unique_ptr<Stream> exec(const std::string& command);

    /// Repeats a call of libssh2 that does not wait, until it has an answer.
    template <typename Call>
    int finish(Call call)
    {
        int result = 0;
        while ((result = static_cast<int>(call())) == again) {
            wait();
        }
        return result;
    }
    /// Until the socket can do what libssh2 last wanted of it.
    void wait();
    [[nodiscard]] _LIBSSH2_SESSION* get() const noexcept { return session_.get(); }
    [[nodiscard]] Waiter& waiter() noexcept { return waiter_; }
    [[nodiscard]] bool is_dead() const;
    /// libssh2's last words.
    [[nodiscard]] std::string words() const;
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] Error broken(std::string_view doing) const;

    static constexpr int again = -37;  // LIBSSH2_ERROR_EAGAIN

private:
    struct Free {
        void operator()(_LIBSSH2_SESSION* session) const noexcept;
    };
    class Channel;

    void shake_hands();

    const Settings& settings_;
    const remote::RemoteOptions& options_;
    Waiter waiter_;
    io::Fd socket_;
    std::unique_ptr<_LIBSSH2_SESSION, Free> session_;
};

/// Whether this libssh2 knows RSA with SHA-2, which servers of these years ask for.
[[nodiscard]] bool has_modern_rsa() noexcept;

}  // namespace duplid::ssh
