#include "storage/remote/swift/service.hpp"

#include "storage/remote/http/percent.hpp"
#include "storage/remote/swift/login.hpp"

#include <fmt/format.h>

namespace duplid::swift {

std::string encoded_path(std::string_view container, std::string_view name)
{
    auto path = '/' + http::percent_encoded(container);
    if (!name.empty()) {
        path += '/' + http::percent_encoded(name, "/");
    }
    return path;
}

Service::Service(Account account, remote::RemoteOptions options)
    : account_{std::move(account)}, client_{std::move(options)}
{
    if (!account_.storage_url.empty() && account_.token.is_set()) {
        session_ = Session{account_.storage_url, account_.token};
    }
}

void Service::log_in()
{
    auto session = swift::log_in(client_, account_);
    // Where the storage is may be known better than to the login (a network of one's own).
    if (!account_.storage_url.empty()) {
        session.storage_url = account_.storage_url;
    }
    if (account_.auth_url.starts_with("https://") && session.storage_url.starts_with("http://") &&
        !was_noticed_) {
        was_noticed_ = true;
        client_.options().notice(fmt::format(
            "the login at {} is encrypted, but the storage it leads to is not", account_.auth_url));
    }
    session_ = std::move(session);
}

Session Service::session()
{
    const std::lock_guard guard{mutex_};
    if (!session_) {
        log_in();
    }
    return *session_;
}

Session Service::session_after(const Session& refused)
{
    const std::lock_guard guard{mutex_};
    // Unless another thread was faster.
    if (!session_ || session_->token.equals(refused.token)) {
        session_.reset();
        log_in();
    }
    return *session_;
}

http::Answer Service::send(const http::Request& request, const Session& session)
{
    auto sent = request;
    sent.url = session.storage_url + request.url;
    sent.headers.push_back({"X-Auth-Token", std::string{session.token.reveal()}});
    sent.is_secret = true;
    return client_.perform(sent);
}

http::Answer Service::ask(const http::Request& request)
{
    const auto first = session();
    auto answer = send(request, first);
    if (answer.status == 401 && account_.can_log_in()) {
        answer = send(request, session_after(first));
    }
    return answer;
}

http::Answer Service::perform(const http::Request& request)
{
    auto answer = ask(request);
    if (!answer.is_good()) {
        throw error_from(request, answer);
    }
    return answer;
}

Abilities Service::abilities()
{
    const auto where = session().storage_url;
    const std::lock_guard guard{mutex_};
    if (!abilities_) {
        http::Request request;
        request.url = where.substr(0, where.find('/', where.find("://") + 3)) + "/info";
        request.doing = "asking what the cluster can do";
        request.object = request.url;
        const auto answer = client_.perform(request);
        abilities_ = parse_abilities(answer.is_good() ? std::string_view{answer.text} : "");
    }
    return *abilities_;
}

}  // namespace duplid::swift
