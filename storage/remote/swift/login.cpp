#include "storage/remote/swift/login.hpp"

#include "storage/io/text.hpp"
#include "storage/io/wiped_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace duplid::swift {

namespace {

using Json = nlohmann::json;

constexpr const char* default_domain = "default";
constexpr std::string_view null = "null";

// {"id": ...} or {"name": ...} of a domain; its default has an id that everybody knows.
Json domain(const std::string& name, const std::string& id)
{
    if (!id.empty()) {
        return {{"id", id}};
    }
    return name.empty() ? Json{{"id", default_domain}} : Json{{"name", name}};
}

// Both bodies have a null where the password comes: the library would copy it into memory that it
// does not wipe.
Json body_v2(const Account& account)
{
    Json auth;
    if (account.has_api_key) {
        auth["RAX-KSKEY:apiKeyCredentials"] = {{"username", account.user}, {"apiKey", nullptr}};
    } else {
        auth["passwordCredentials"] = {{"username", account.user}, {"password", nullptr}};
    }
    if (!account.tenant_id.empty()) {
        auth["tenantId"] = account.tenant_id;
    } else if (!account.tenant.empty()) {
        auth["tenantName"] = account.tenant;
    }
    return auth;
}

Json body_v3(const Account& account)
{
    Json user{{"password", nullptr}};
    if (!account.user_id.empty()) {
        user["id"] = account.user_id;
    } else {
        user["name"] = account.user;
        user["domain"] = domain(account.user_domain, account.user_domain_id);
    }
    Json auth;
    auth["identity"]["methods"] = Json::array({"password"});
    auth["identity"]["password"]["user"] = std::move(user);
    if (!account.tenant_id.empty()) {
        auth["scope"]["project"]["id"] = account.tenant_id;
    } else if (!account.tenant.empty()) {
        auth["scope"]["project"] = {
            {"name", account.tenant},
            {"domain", domain(account.project_domain, account.project_domain_id)}};
    }
    return auth;
}

// Of a body, where the password comes. Nothing else in it looks like that, since quotes in texts
// are escaped.
std::string_view gap_for(const Account& account)
{
    return account.version == 2 && account.has_api_key ? R"("apiKey":null)" : R"("password":null)";
}

io::WipedText json_string(std::string_view text)
{
    io::WipedText json;
    json.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            json.push_back('\\');
        }
        if (static_cast<unsigned char>(c) < ' ') {
            io::append(json, fmt::format("\\u{:04x}", static_cast<unsigned>(c)));
        } else {
            json.push_back(c);
        }
    }
    json.push_back('"');
    return json;
}

http::Answer ask(http::Client& client, http::Request& request, const Account& account)
{
    auto answer = client.perform(request);
    if (!answer.is_good()) {
        const auto error = error_from(request, answer);
        const auto hint = error.kind() == Error::Kind::denied || answer.status == 404
                              ? fmt::format("look at the variables {}_...: user, password, tenant, "
                                            "domains, AUTHURL and AUTHVERSION",
                                            account.family)
                              : error.hint();
        // An address where nobody logs in is a wrong setting, and no file that is missing.
        const auto kind =
            error.kind() == Error::Kind::not_found ? Error::Kind::invalid : error.kind();
        throw Error{kind, error.what(), error.object(), hint}.with_facts(error.facts());
    }
    return answer;
}

Session log_in_v1(http::Client& client, http::Request& request, const Account& account)
{
    request.url = account.auth_url;
    request.headers = {{"X-Auth-User", account.user},
                       {"X-Auth-Key", std::string{account.password.reveal()}}};
    const auto answer = ask(client, request, account);
    Session session{std::string{answer.header("x-storage-url")},
                    io::Secret{answer.header("x-auth-token")}};
    while (session.storage_url.ends_with('/')) {
        session.storage_url.pop_back();
    }
    if (session.storage_url.empty() || session.token.reveal().empty()) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("{} answers, but is no login of Swift's version 1", account.auth_url),
            account.auth_url,
            fmt::format("look at {0}_AUTHURL and {0}_AUTHVERSION", account.family)};
    }
    return session;
}

}  // namespace

std::string login_body(const Account& account)
{
    const Json body{{"auth", account.version == 2 ? body_v2(account) : body_v3(account)}};
    // Names of users may be in any encoding; what is not UTF-8 no JSON can hold.
    const auto frame = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    const auto password = account.password.reveal();
    if (!io::is_utf8(password)) {
        throw Error{Error::Kind::invalid, "the password is not UTF-8, so no login can carry it",
                    account.auth_url};
    }
    const auto text = json_string(password);
    const auto gap = gap_for(account);
    const auto end = frame.find(gap) + gap.size();
    // At once as long as it gets: growing would leave a copy behind.
    std::string whole;
    whole.reserve(frame.size() + text.size());
    whole.append(frame, 0, end - null.size()).append(io::text_of(text)).append(frame, end);
    return whole;
}

Session log_in(http::Client& client, const Account& account)
{
    http::Request request;
    request.is_secret = true;
    request.doing = "logging in";
    request.object = account.auth_url;
    if (account.version == 1) {
        return log_in_v1(client, request, account);
    }
    request.method = "POST";
    request.url = account.auth_url + (account.version == 2 ? "/tokens" : "/auth/tokens");
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.body = login_body(account);
    const auto answer = ask(client, request, account);
    return account.version == 2
               ? parse_session_v2(answer.text, account)
               : parse_session_v3(answer.text, io::Secret{answer.header("x-subject-token")},
                                  account);
}

}  // namespace duplid::swift
