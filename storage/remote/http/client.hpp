// An HTTP client for storage services: one request, one answer, streamed where it is large.
//
// Rules: backends.md 1.5. Redirects are not followed, statuses are not judged here: what a 404 or a
// 307 means is known to the service's own folder, with error_from_status() for what all share.
#pragma once

#include "storage/io/secret.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/wiped_text.hpp"
#include "storage/remote/curl/handle.hpp"
#include "storage/remote/curl/transfer.hpp"
#include "storage/remote/options.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace duplid::http {

/// Tokens travel in headers, so values are wiped when they go. Here as below a destructor alone is
/// declared: what others would move is copied then, and whatever it was copied from is wiped, too.
struct Header {
    std::string name;
    std::string value;

    ~Header() { io::wipe_text(value); }
};

/// How to log in where the service uses HTTP's own ways.
struct Login {
    std::string user;
    io::Secret password;
    bool basic = true;  ///< may be sent: over TLS, or where the user asked for it
    bool digest = true;
};

struct Answer;

struct Request {
    std::string method = "GET";
    /// Encoded; sent byte for byte (no dots are resolved).
    std::string url{};
    std::vector<Header> headers{};
    /// Nothing, a text, or a part of a file that is streamed and may be sent again.
    std::variant<std::monostate, std::string, curl::FilePart> body{};
    const Login* login = nullptr;
    /// A token or a password is in its URL, headers or body. It goes by HTTP/1.1, as one with a
    /// login does: HTTP/2's library keeps headers in memory that nobody wipes (seen with
    /// nghttp2 1.52).
    bool is_secret = false;
    /// Gets the body of an answer 200 or 206; all other bodies are kept as Answer::text.
    io::Sink* into = nullptr;
    /// Told the answer's status and headers before the first byte goes there. May be empty.
    std::function<void(const Answer& answer)> before_body{};
    /// What is kept of a good answer; more is Error unreachable. Of a bad one 64 KiB are kept, and
    /// the rest is passed over.
    std::size_t text_max = std::size_t{64} << 20U;
    /// For the whole of it, however much moves; 0: no limit.
    std::chrono::seconds time_max{0};
    /// For messages: what is done, "sending", and the name concerned, without secrets.
    std::string doing{};
    std::string object{};

    /// A token may be in the URL, a password in the body.
    ~Request();
};

struct Answer {
    int status = 0;
    std::vector<Header> headers;  ///< of the last answer; names in lower case
    std::string text;
    /// Ways to log in that the server named when it asked for a password; none when it did not ask.
    bool asked_basic = false;
    bool asked_digest = false;

    /// That of a login is a secret.
    ~Answer() { io::wipe_text(text); }
    [[nodiscard]] bool is_good() const noexcept { return status >= 200 && status < 300; }
    /// The value of the first header of that (lower case) name; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
    /// Content-Length, if it was told.
    [[nodiscard]] std::optional<std::uint64_t> content_bytes() const noexcept;
};

/// Keeps connections for whoever asks next. Any thread: each request has a connection to itself.
class Client {
public:
    explicit Client(remote::RemoteOptions options);

    /// Throws: Error unreachable, denied (certificates), cancelled, and whatever `into` throws. An
    /// answer that is shorter than it said is unreachable.
    [[nodiscard]] Answer perform(const Request& request);

    [[nodiscard]] const remote::RemoteOptions& options() const noexcept { return options_; }

private:
    remote::RemoteOptions options_;
    curl::HandlePool pool_;
    std::atomic<bool> says_continue_ = true;  ///< the server, before a large body
};

/// What a status outside 2xx means by itself (backends.md 1.4), for a message that names `request`
/// and quotes `words`, the service's own reason. Statuses that ask for patience (429, 503 with
/// Retry-After) become Error unreachable with the facts `throttled` and `retry_after` (seconds, "0"
/// when none were told), which RetryingRemote heeds.
[[nodiscard]] Error error_from_status(const Request& request, const Answer& answer,
                                      std::string_view words);

/// Seconds of a Retry-After header, of either form; 0 when there is none or it is malformed.
[[nodiscard]] std::uint32_t retry_after(const Answer& answer);

}  // namespace duplid::http
