#include "storage/remote/azure/service.hpp"

#include "storage/remote/azure/answers.hpp"
#include "storage/remote/http/percent.hpp"

#include <array>
#include <ctime>
#include <fmt/format.h>

namespace duplid::azure {

namespace {

/// The first version of the service that knows the tier "Cold".
constexpr const char* version = "2021-12-02";

// By hand, because strftime() has the names of days and months from the locale.
std::string date_now()
{
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                       days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                       months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::uint64_t bytes_of(const http::Request& request)
{
    if (const auto* const text = std::get_if<std::string>(&request.body)) {
        return text->size();
    }
    const auto* const part = std::get_if<curl::FilePart>(&request.body);
    return part == nullptr ? 0 : part->bytes;
}

}  // namespace

Service::Service(Account account, std::string container, remote::RemoteOptions options)
    : account_{std::move(account)}, container_{std::move(container)}, client_{std::move(options)}
{
    const auto& endpoint = account_.endpoint;
    const auto slash = endpoint.find('/', endpoint.find("://") + 3);
    host_ = endpoint.substr(0, slash);
    path_ = (slash == std::string::npos ? std::string{} : endpoint.substr(slash)) + '/' +
            http::percent_encoded(container_);
}

// `request` is a copy, so that its URL, which may have the token in it, is wiped and not replaced.
http::Answer Service::send(Call call, http::Request request)
{
    call.path = path_ + call.path;
    call.headers.push_back({"x-ms-date", date_now()});
    call.headers.push_back({"x-ms-version", version});
    call.body_bytes = bytes_of(request);

    request.method = call.method;
    request.headers = call.headers;
    request.url = host_ + call.path;
    char separator = '?';
    for (const auto& [name, value] : call.query) {
        request.url += fmt::format("{}{}={}", separator, name, http::percent_encoded(value));
        separator = '&';
    }
    if (account_.key.is_set()) {
        request.headers.push_back(
            {"authorization",
             fmt::format("SharedKey {}:{}", account_.name,
                         signature(account_.key, string_to_sign(account_.name, call)))});
    } else {
        request.url += separator;
        request.url += account_.token.reveal();
        request.is_secret = true;
    }
    return client_.perform(request);
}

void Service::make_container()
{
    http::Request request;
    request.body = std::string{};  // whose length must be told, else: 411
    request.doing = "making the container";
    request.object = container_;
    const auto answer = send({.method = "PUT", .query = {{"restype", "container"}}}, request);
    if (!answer.is_good() && code_of(answer) != "ContainerAlreadyExists") {
        throw error_from(request, answer);
    }
}

http::Answer Service::perform(const Call& call, http::Request request)
{
    auto answer = send(call, request);
    if (answer.status == 404 && code_of(answer) == "ContainerNotFound") {
        {
            const std::lock_guard guard{making_};
            // Once only: one that was made and is gone again must not be taken for a new, empty
            // one.
            if (!was_made_) {
                make_container();
                was_made_ = true;
            }
        }
        answer = send(call, request);
    }
    if (answer.is_good() || answer.status == 416 ||
        (answer.status == 404 && code_of(answer) == "BlobNotFound")) {
        return answer;
    }
    throw error_from(request, answer);
}

}  // namespace duplid::azure
