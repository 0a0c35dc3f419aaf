// One transfer through libcurl, whatever its protocol: what all of ours have in common.
//
// Format facts and ground rules: backends.md 1.5.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"
#include "storage/remote/curl/handle.hpp"
#include "storage/remote/options.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

namespace duplid::curl {

/// Part of a file that is sent; read by position, so the descriptor may be shared.
struct FilePart {
    int fd = -1;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

/// Sets up one lent handle, performs it once, and says in our words what went wrong. One thread.
///
/// Set by the constructor on the reset handle: no signals; time-out for connecting; TLS 1.2 or
/// newer, verified against --ssl-cacert-file, else the first readable of ~/.duplicity/cacert.pem,
/// ~/duplicity_cacert.pem and /etc/duplicity/cacert.pem, else the system's store; the caller's
/// proxies; no redirects; limits of rate; the stop.
///
/// Nothing moving for `options.timeout` ends it as unreachable; for the answer to a body that is
/// sent whole ten times as long. Waiting for a limit of rate and being stopped by a signal count as
/// moving.
class Transfer {
public:
    /// `options` outlives it.
    Transfer(HandlePool::Lent& handle, const remote::RemoteOptions& options);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    /// Resets the handle: nothing of this transfer is called or looked at any more when the pool
    /// ends its connections.
    ~Transfer();

    /// For options of the protocol. Throws: Error internal when libcurl refuses.
    template <typename Value>
    void set(CURLoption option, Value value)
    {
        check(curl_easy_setopt(handle_.get(), option, value), option);
    }
    void set(CURLoption option, const std::string& value) { set(option, value.c_str()); }

    /// Also chooses the caller's proxy for it.
    void set_url(const std::string& url);
    void set_login(const std::string& user, const io::Secret& password);

    /// What is sent. The text must live until perform() has ended.
    void send(FilePart part);
    void send(std::string_view text);
    /// What arrives goes there. Throwing ends the transfer, and perform() throws the same.
    void receive(std::function<void(io::ByteView)> into);

    /// For callbacks of the protocol: something moved that libcurl does not count.
    void note_movement() noexcept { moved_at_ = Clock::now(); }

    /// Throws: Error as error_of() has it, cancelled on a stop, and whatever `into` threw. `doing`
    /// and `object` are for the message: "sending volume", a name without secrets.
    void perform(std::string_view doing, const std::string& object);
    /// The same without throwing for what libcurl says.
    [[nodiscard]] CURLcode try_perform();
    /// What libcurl said of the last perform, and in which words.
    [[nodiscard]] Error error_of(CURLcode code, std::string_view doing,
                                 const std::string& object) const;

    [[nodiscard]] CURL* get() const noexcept { return handle_.get(); }

private:
    static void check(CURLcode code, CURLoption option);
    static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);
    static std::size_t on_write(char* from, std::size_t size, std::size_t count, void* self);
    static int on_progress(void* self, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                           curl_off_t up);
    void set_tls();
    std::size_t read(io::ByteSpan into);
    [[nodiscard]] bool has_stalled(curl_off_t down, curl_off_t up);

    HandlePool::Lent& handle_;
    const remote::RemoteOptions& options_;
    std::array<char, CURL_ERROR_SIZE> words_{};

    FilePart file_{};
    std::string_view text_{};
    std::uint64_t sent_ = 0;
    std::uint64_t send_bytes_ = 0;
    std::function<void(io::ByteView)> into_{};
    std::exception_ptr failure_{};

    using Clock = std::chrono::steady_clock;
    Clock::time_point looked_at_{};
    Clock::time_point moved_at_{};
    curl_off_t moved_bytes_ = 0;
    bool stalled_ = false;
};

/// Says once, in the run's log, that certificates are not looked at, where they are not.
void notice_unverified(const remote::RemoteOptions& options, std::string_view host);

}  // namespace duplid::curl
