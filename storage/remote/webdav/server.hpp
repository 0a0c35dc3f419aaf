// Requests to one WebDAV server, about one collection of it.
#pragma once

#include "storage/remote/http/client.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/url.hpp"
#include "storage/remote/webdav/multistatus.hpp"
#include "storage/remote/webdav/place.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace duplid::webdav {

/// What is asked for of a file or a collection.
inline constexpr std::string_view file_properties =
    "<D:resourcetype/><D:getcontentlength/><D:getlastmodified/>";

/// 404 and 410.
[[nodiscard]] constexpr bool is_missing(int status) noexcept
{
    return status == 404 || status == 410;
}

/// How a Destination is written. Servers behind a proxy that ends TLS know themselves by another
/// URL and refuse the absolute one; the path alone is right for all by RFC 4918 (8.3).
enum class MoveForm { absolute, path, none };

struct Call {
    std::string method;
    std::string name{};  ///< in the collection; empty: the collection itself
    std::string doing{};
    std::vector<http::Header> headers{};
    std::variant<std::monostate, std::string, curl::FilePart> body{};
    io::Sink* into = nullptr;
    std::function<void(const http::Answer& answer)> before_body{};
    /// Of a MOVE.
    std::string to{};
    MoveForm form = MoveForm::absolute;
    /// Of a MKCOL: the collection that so many segments of the path name.
    std::optional<std::size_t> level{};
};

/// Logs in as the server wants it, follows redirects within rules (place.hpp) and remembers both.
/// Any thread.
class Server {
public:
    /// No request is made yet. Throws: Error invalid for headers that are none.
    Server(const remote::Url& url, const remote::RemoteOptions& options);

    /// Of whatever status but redirects. Before the first call for something in the collection,
    /// the collection itself is looked for, and made with parents where it is missing.
    /// Throws: as http::Client::perform(); invalid for redirects that are not followed.
    [[nodiscard]] http::Answer ask(const Call& call);
    /// What to throw for an answer that is not as it should be.
    [[nodiscard]] Error failure(const Call& call, const http::Answer& answer) const;

    /// PROPFIND: 207, 404 or 410; others are thrown.
    [[nodiscard]] http::Answer find(const std::string& name, const char* depth,
                                    std::string_view properties);
    void make_collection();

    [[nodiscard]] Place place() const;
    /// The URL as it was given, without its password.
    [[nodiscard]] const std::string& description() const noexcept { return description_; }
    [[nodiscard]] const remote::RemoteOptions& options() const noexcept
    {
        return client_.options();
    }

private:
    void meet();
    [[nodiscard]] http::Request request_for(const Call& call, const Place& place) const;
    [[nodiscard]] http::Login login() const;
    void learn_login(const http::Answer& answer);
    [[nodiscard]] bool make_level(std::size_t level);

    std::string description_;
    std::string user_;
    io::Secret password_;
    std::vector<http::Header> headers_;
    http::Client client_;

    mutable std::mutex place_mutex_;
    Place place_;
    /// What the server has named; both until it has.
    std::atomic<bool> use_basic_{true};
    std::atomic<bool> use_digest_{true};
    std::atomic<bool> has_met_{false};
};

}  // namespace duplid::webdav
