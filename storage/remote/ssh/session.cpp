#include "storage/remote/ssh/session.hpp"

#include "storage/io/wiped_memory.hpp"
#include "storage/remote/ssh/host_key.hpp"
#include "storage/remote/ssh/login.hpp"
#include "storage/remote/ssh/socket.hpp"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <libssh2.h>
#include <sys/socket.h>

namespace duplid::ssh {

namespace {

constexpr int version_with_modern_rsa = 0x010b00;
// What may come before it is asked for: enough for a line of 100 ms at 40 MB a second.
constexpr unsigned window_bytes = 4U << 20U;
constexpr unsigned packet_bytes = 32'768;
constexpr std::size_t error_text_max = std::size_t{16} << 10U;

// It copies passwords into packets, and passphrases while it reads keys. Data come in larger ones.
constexpr std::size_t wiped_bytes_max = 8192;

void* allocate(std::size_t bytes, void** /*abstract*/) noexcept
{
    return io::wiped_malloc(bytes);
}

void* reallocate(void* block, std::size_t bytes, void** /*abstract*/) noexcept
{
    return io::wiped_realloc(block, bytes);
}

void release(void* block, void** /*abstract*/) noexcept
{
    io::wiped_free_of(block, wiped_bytes_max);
}

static_assert(Session::again == LIBSSH2_ERROR_EAGAIN);

void start_library()
{
    static const int problem = libssh2_init(0);
    if (problem != 0) {
        throw Error{Error::Kind::internal, "libssh2 could not be started"};
    }
}

}  // namespace

bool has_modern_rsa() noexcept
{
    return libssh2_version(version_with_modern_rsa) != nullptr;
}

void Session::Free::operator()(LIBSSH2_SESSION* session) const noexcept
{
    // Says good-bye to what is still open, which may be half said already.
    constexpr int tries_max = 16;
    for (int number = 0; number < tries_max; ++number) {
        if (libssh2_session_free(session) != LIBSSH2_ERROR_EAGAIN) {
            return;
        }
    }
}

Session::Session(const Settings& settings, const remote::RemoteOptions& options)
    : settings_{settings}, options_{options}, waiter_{options.stop, options.timeout,
                                                      settings.server()},
      socket_{connect_to(settings, options.stop)}
{
    start_library();
    session_.reset(libssh2_session_init_ex(allocate, release, reallocate, nullptr));
    if (!session_) {
        throw Error{Error::Kind::internal, "libssh2 had no memory for a connection"};
    }
    libssh2_session_set_blocking(session_.get(), 0);
    if (settings.compress) {
        libssh2_session_flag(session_.get(), LIBSSH2_FLAG_COMPRESS, 1);
    }
    HostKeyCheck check{settings, options};
    check.prefer(*this);
    shake_hands();
    const bool is_password_safe = check.check(*this);
    log_in(*this, is_password_safe);
    io::wipe_stack();
}

Session::~Session()
{
    // A word of farewell, if it can be said at once. Then every send fails instead of waiting, so
    // that nothing keeps libssh2 from freeing its memory.
    if (session_) {
        libssh2_session_disconnect(session_.get(), "done");
        ::shutdown(socket_.get(), SHUT_RDWR);
    }
}

void Session::shake_hands()
{
    const int result =
        finish([&] { return libssh2_session_handshake(session_.get(), socket_.get()); });
    switch (result) {
    case 0:
        return;
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
        // Also what a connection is called that broke at this moment.
        if (is_dead()) {
            throw broken("greeting");
        }
        [[fallthrough]];
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_METHOD_NOT_SUPPORTED:
    case LIBSSH2_ERROR_METHOD_NONE:
        throw BeyondUs{Error::Kind::invalid,
                       fmt::format("{} offers no way of encryption, or no kind of key, that "
                                   "libssh2 {} knows ({})",
                                   settings_.server(), libssh2_version(0), words()),
                       settings_.server(), "write pexpect+sftp:// to use the ssh program"};
    default:
        throw broken("greeting");
    }
}

std::string Session::words() const
{
    char* text = nullptr;
    int length = 0;
    libssh2_session_last_error(session_.get(), &text, &length, 0);
    return text == nullptr ? std::string{} : std::string{text, static_cast<std::size_t>(length)};
}

Error Session::broken(std::string_view doing) const
{
    return {Error::Kind::unreachable, fmt::format("{} {}: {}", doing, settings_.server(), words()),
            settings_.server()};
}

void Session::wait()
{
    const int wanted = libssh2_session_block_directions(session_.get());
    // Incoming packets are always of interest: they may hold the room to send more.
    const auto events =
        static_cast<short>(POLLIN | ((wanted & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0 ? POLLOUT : 0));
    const std::array fds{pollfd{socket_.get(), events, 0}};
    waiter_.wait(fds);
}

bool Session::is_dead() const
{
    char byte = 0;
    const auto got = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

// A channel as a stream.
//
// libssh2 keeps at most one packet that it could not send whole; until that is gone, only the call
// that began it may go on, or the library refuses with "bad use". So a write that waits for the
// socket keeps reads away, and a read that has to tell the server of new room keeps writes away.
class Session::Channel final : public Stream {
public:
    Channel(std::shared_ptr<Session> session, LIBSSH2_CHANNEL* channel)
        : session_{std::move(session)}, channel_{channel}
    {
    }

    ~Channel() override { libssh2_channel_free(channel_); }

    std::size_t try_write(io::ByteView bytes) override
    {
        if (stuck_ == Stuck::reading || bytes.empty()) {
            return 0;
        }
        const auto done = libssh2_channel_write_ex(
            channel_, 0, reinterpret_cast<const char*>(bytes.data()), bytes.size());
        return note(done, Stuck::writing) ? static_cast<std::size_t>(done) : 0;
    }

    std::optional<std::size_t> try_read(io::ByteSpan into) override
    {
        if (stuck_ == Stuck::writing) {
            return std::nullopt;
        }
        // First: each of these calls empties the socket into libssh2's own queue, and after the
        // last of them nothing may be left there, or wait() would wait for what has come already.
        drain_errors();
        const auto got =
            libssh2_channel_read_ex(channel_, 0, reinterpret_cast<char*>(into.data()), into.size());
        if (!note(got, Stuck::reading) || (got == 0 && libssh2_channel_eof(channel_) == 0)) {
            return std::nullopt;
        }
        return static_cast<std::size_t>(got);
    }

    bool try_end() override
    {
        if (stuck_ == Stuck::reading) {
            return false;
        }
        return note(libssh2_channel_send_eof(channel_), Stuck::writing);
    }

    void wait(bool /*to_write*/) override { session_->wait(); }
    void be_patient(int times) override { session_->waiter().be_patient(times); }
    bool is_dead() override { return session_->is_dead() || libssh2_channel_eof(channel_) != 0; }

    std::optional<int> exit_status() override
    {
        // The status comes behind the end of the output, and before the channel's own end.
        const auto closed = session_->finish([&] { return libssh2_channel_close(channel_); });
        const auto waited =
            closed == 0 ? session_->finish([&] { return libssh2_channel_wait_closed(channel_); })
                        : closed;
        drain_errors();
        if (waited != 0) {
            return std::nullopt;
        }
        char* signal = nullptr;
        libssh2_channel_get_exit_signal(channel_, &signal, nullptr, nullptr, nullptr, nullptr,
                                        nullptr);
        if (signal != nullptr) {
            libssh2_free(session_->get(), signal);
            return std::nullopt;
        }
        return libssh2_channel_get_exit_status(channel_);
    }

    std::string error_text() override { return error_text_; }

    [[noreturn]] void fail_ended() override
    {
        const auto& server = session_->settings().server();
        throw Error{Error::Kind::unreachable,
                    error_text_.empty()
                        ? fmt::format("{} ended the connection", server)
                        : fmt::format("{} ended the connection: {}", server, error_text_),
                    server};
    }

private:
    enum class Stuck { no, writing, reading };

    // False when the call is to be repeated.
    bool note(ssize_t result, Stuck kind)
    {
        if (result == LIBSSH2_ERROR_EAGAIN) {
            const int wanted = libssh2_session_block_directions(session_->get());
            stuck_ = (wanted & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0 ? kind : Stuck::no;
            return false;
        }
        stuck_ = Stuck::no;
        if (result < 0) {
            throw session_->broken("talking to");
        }
        return true;
    }

    void drain_errors()
    {
        std::array<char, 4096> buffer{};
        while (stuck_ == Stuck::no) {
            const auto got = libssh2_channel_read_ex(channel_, SSH_EXTENDED_DATA_STDERR,
                                                     buffer.data(), buffer.size());
            if (!note(got, Stuck::reading) || got == 0) {
                return;
            }
            error_text_.append(buffer.data(), static_cast<std::size_t>(got));
            if (error_text_.size() > error_text_max) {
                error_text_.erase(0, error_text_.size() - error_text_max);
            }
        }
    }

    std::shared_ptr<Session> session_;
    LIBSSH2_CHANNEL* channel_;
    Stuck stuck_ = Stuck::no;
    std::string error_text_;
};

namespace {

constexpr std::string_view channel_kind = "session";

LIBSSH2_CHANNEL* open_channel(Session& session)
{
    LIBSSH2_CHANNEL* channel = nullptr;
    const int result = session.finish([&] {
        channel = libssh2_channel_open_ex(session.get(), channel_kind.data(),
                                          static_cast<unsigned>(channel_kind.size()), window_bytes,
                                          packet_bytes, nullptr, 0);
        return channel != nullptr ? 0 : libssh2_session_last_errno(session.get());
    });
    if (channel == nullptr || result != 0) {
        throw session.broken("opening a channel to");
    }
    return channel;
}

}  // namespace

std::unique_ptr<Stream> Session::open_sftp()
{
    auto* const channel = open_channel(*this);
    auto stream = std::make_unique<Channel>(shared_from_this(), channel);
    const int result = finish([&] { return libssh2_channel_subsystem(channel, "sftp"); });
    if (result == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED || result == LIBSSH2_ERROR_CHANNEL_FAILURE) {
        throw NoSftp{Error::Kind::invalid, settings_.server() + " has no sftp server",
                     settings_.server(), "write scp:// to use its shell instead"};
    }
    if (result != 0) {
        throw broken("asking for sftp on");
    }
    return stream;
}

std::unique_ptr<Stream> Session::exec(const std::string& command)
{
    auto* const channel = open_channel(*this);
    auto stream = std::make_unique<Channel>(shared_from_this(), channel);
    const int result = finish([&] { return libssh2_channel_exec(channel, command.c_str()); });
    if (result == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED || result == LIBSSH2_ERROR_CHANNEL_FAILURE) {
        throw Error{Error::Kind::denied, settings_.server() + " lets this account run no commands",
                    settings_.server()};
    }
    if (result != 0) {
        throw broken("starting a command on");
    }
    return stream;
}

}  // namespace duplid::ssh
