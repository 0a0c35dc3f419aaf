#include "daemon/hooks/webhook.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/http/client.hpp"

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace duplid::hooks {

namespace {

/// The daemon's own: a ping is sent for nobody's request.
constexpr std::array own_variables{"HOME",      "http_proxy", "https_proxy", "HTTPS_PROXY",
                                   "all_proxy", "ALL_PROXY",  "no_proxy",    "NO_PROXY"};

/// What a service says is of no interest, and may be long.
constexpr std::size_t answer_bytes_max = std::size_t{1} << 20U;

remote::RemoteOptions options_for(const PingPatience& patience, const std::stop_token& stop)
{
    remote::RemoteOptions options;
    options.timeout = patience.time_max;
    options.stop = stop;
    for (const auto* const name : own_variables) {
        if (const char* const value = std::getenv(name)) {
            options.variables.set(name, std::string_view{value});
        }
    }
    return options;
}

void attempt(const Ping& ping, const PingPatience& patience, const std::stop_token& stop)
{
    http::Client client{options_for(patience, stop)};
    http::Request request;
    request.url = ping.url.reveal();
    request.is_secret = true;
    if (ping.is_post) {
        request.method = "POST";
        request.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
        request.body = ping.text;
    }
    request.headers.push_back({"User-Agent", "duplid/" DUPLID_VERSION});
    request.text_max = answer_bytes_max;
    request.time_max = patience.time_max;
    request.doing = "telling a web service";
    request.object = ping.object;
    const auto answer = client.perform(request);
    if (!answer.is_good()) {
        throw http::error_from_status(request, answer, {});
    }
}

void pause(std::chrono::milliseconds span, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, stop, span, [] { return false; });
}

}  // namespace

void send_ping(const Ping& ping, const PingPatience& patience, const std::stop_token& stop)
{
    for (std::size_t failures = 0;; ++failures) {
        try {
            attempt(ping, patience, stop);
            return;
        } catch (const Error& error) {
            const bool may_help = error.kind() == Error::Kind::unreachable;
            if (!may_help || failures == patience.pauses.size() || stop.stop_requested()) {
                throw;
            }
        }
        pause(patience.pauses[failures], stop);
    }
}

std::string with_path(const std::string& url, const std::string& word)
{
    const auto end = url.find_first_of("?#");
    auto path = url.substr(0, end);
    path += path.ends_with('/') ? word : "/" + word;
    return end == std::string::npos ? path : path + url.substr(end);
}

}  // namespace duplid::hooks
