#include "storage/remote/webdav/server.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/webdav/header_list.hpp"

#include <fmt/format.h>

namespace duplid::webdav {

namespace {

constexpr unsigned redirects_max = 10;

bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 307 || status == 308;
}

std::string hint_for(int status, bool has_user)
{
    switch (status) {
    case 401:
        return has_user ? "user name or password are not accepted"
                        : "the URL must name a user; the password is taken from it or FTP_PASSWORD";
    case 405:
    case 501:
        return "it may be no WebDAV server, or not at this path";
    case 413:
        return "the server takes no file that large; --volsize makes them smaller";
    default:
        return {};
    }
}

std::string shown(const remote::Url& url, const Place& place)
{
    const auto host =
        place.host.find(':') == std::string::npos ? place.host : '[' + place.host + ']';
    auto path = place.path_of({});
    if (path.size() > 1) {
        path.pop_back();
    }
    return fmt::format("{}://{}{}{}{}", url.scheme,
                       url.user ? http::percent_encoded(*url.user) + '@' : std::string{}, host,
                       url.port ? fmt::format(":{}", *url.port) : std::string{}, path);
}

}  // namespace

Server::Server(const remote::Url& url, const remote::RemoteOptions& options)
    : user_{url.user.value_or("")}, password_{url.password.is_set()
                                                  ? url.password
                                                  : options.variables.secret("FTP_PASSWORD")},
      headers_{parse_headers(options.webdav.headers)}, client_{options}, place_{place_of(url)}
{
    description_ = shown(url, place_);
    if (place_.is_tls) {
        curl::notice_unverified(options, place_.host);
    }
}

Place Server::place() const
{
    const std::lock_guard guard{place_mutex_};
    return place_;
}

http::Login Server::login() const
{
    return {user_, password_, use_basic_, use_digest_};
}

// A server that has said how it wants to be logged in to is told at once from then on: else each
// volume would be sent twice, or asked for first.
void Server::learn_login(const http::Answer& answer)
{
    if (answer.asked_digest) {
        use_basic_ = false;
        use_digest_ = true;
    } else if (answer.asked_basic) {
        use_basic_ = true;
        use_digest_ = false;
    }
}

http::Request Server::request_for(const Call& call, const Place& place) const
{
    http::Request request;
    request.method = call.method;
    request.url = call.level ? place.url_of_level(*call.level) : place.url_of(call.name);
    request.headers = headers_;
    // What the caller wants to be sent may be a way to log in.
    request.is_secret = !headers_.empty();
    request.headers.insert(request.headers.end(), call.headers.begin(), call.headers.end());
    if (!call.to.empty()) {
        request.headers.push_back({"Destination", call.form == MoveForm::path
                                                      ? place.path_of(call.to)
                                                      : place.url_of(call.to)});
    }
    request.body = call.body;
    request.into = call.into;
    request.before_body = call.before_body;
    request.doing = fmt::format("{} at {}", call.doing, description_);
    request.object = call.name.empty() ? description_ : call.name;
    return request;
}

// The collection is asked for before anything in it: so a redirect and the way to log in are known
// before a body is sent, and no server has to redirect odd names (Apache refuses some, seen) or to
// say that the collection is missing (lighttpd answers 500 to an empty file then, seen).
void Server::meet()
{
    if (!has_met_) {
        if (is_missing(find({}, "0", "<D:resourcetype/>").status)) {
            make_collection();
        }
        has_met_ = true;
    }
}

http::Answer Server::ask(const Call& call)
{
    if (!call.name.empty()) {
        meet();
    }
    for (unsigned redirects = 0; redirects <= redirects_max; ++redirects) {
        const auto here = place();
        auto request = request_for(call, here);
        const auto how = login();
        request.login = user_.empty() ? nullptr : &how;
        auto answer = client_.perform(request);
        learn_login(answer);
        if (!is_redirect(answer.status) || call.level) {
            return answer;
        }
        const auto there = moved(here, call.name, answer.header("location"));
        const std::lock_guard guard{place_mutex_};
        place_ = there;
    }
    throw Error{
        Error::Kind::invalid,
        fmt::format("{} at {}: more than {} redirects", call.doing, description_, redirects_max),
        description_};
}

Error Server::failure(const Call& call, const http::Answer& answer) const
{
    const auto error =
        http::error_from_status(request_for(call, place()), answer, reason_of(answer));
    return Error{error.kind(), error.what(), error.object(),
                 hint_for(answer.status, !user_.empty())}
        .with_facts(error.facts());
}

http::Answer Server::find(const std::string& name, const char* depth, std::string_view properties)
{
    const Call call{
        .method = "PROPFIND",
        .name = name,
        .doing = name.empty() ? "listing" : "looking at " + name,
        // lighttpd answers 415 without the type of the body (seen).
        .headers = {{"Depth", depth}, {"Content-Type", "application/xml; charset=utf-8"}},
        .body = fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                            "<D:propfind xmlns:D=\"DAV:\"><D:prop>{}</D:prop></D:propfind>\n",
                            properties),
    };
    auto answer = ask(call);
    if (answer.status != 207 && !is_missing(answer.status)) {
        throw failure(call, answer);
    }
    return answer;
}

/// Whether the collection of that level is there now; not, when the one above it is missing.
bool Server::make_level(std::size_t level)
{
    const Call call{.method = "MKCOL", .doing = "making the collection", .level = level};
    const auto answer = ask(call);
    // 405: there is something of that name; a redirect is what some answer for a collection.
    if (answer.is_good() || answer.status == 405 || is_redirect(answer.status)) {
        return true;
    }
    if (level > 1 && (answer.status == 409 || is_missing(answer.status))) {
        return false;
    }
    // Apache answers 403 when somebody else makes it at the same moment (seen).
    if (level == place().segments.size() &&
        !is_missing(find({}, "0", "<D:resourcetype/>").status)) {
        return true;
    }
    throw failure(call, answer);
}

void Server::make_collection()
{
    const auto levels = place().segments.size();
    if (levels == 0) {
        return;
    }
    auto level = levels;
    while (!make_level(level)) {
        --level;
    }
    while (level < levels) {
        if (!make_level(++level)) {
            throw Error{Error::Kind::unreachable,
                        "making the collection: what was made is missing again", description_};
        }
    }
}

}  // namespace duplid::webdav
