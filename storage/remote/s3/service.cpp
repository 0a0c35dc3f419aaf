#include "storage/remote/s3/service.hpp"

#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/wiped_memory.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/s3/problem.hpp"

#include <algorithm>
#include <cstdlib>
#include <curl/curl.h>
#include <fmt/format.h>

namespace duplid::s3 {

namespace {

constexpr std::string_view default_region = "us-east-1";
constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
/// Amazon takes a clock that is 15 minutes off; a HEAD is refused without words, so what is well
/// above the usual is taken for the reason.
constexpr std::chrono::minutes skew_suspected{5};

std::string sha256_of(std::string_view text)
{
    return io::digest_hex(io::Digest::Algorithm::sha256, io::view_of(text));
}

// Files that TLS protects go without a hash, as other clients send them: their Content-MD5 is
// compared all the same.
std::string payload_hash(const Call& call)
{
    if (std::holds_alternative<curl::FilePart>(call.body)) {
        return call.payload_sha256.empty() ? std::string{unsigned_payload} : call.payload_sha256;
    }
    const auto* const text = std::get_if<std::string>(&call.body);
    return sha256_of(text == nullptr ? std::string_view{} : *text);
}

bool is_region_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

std::chrono::sys_seconds system_seconds()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string path_of(const Address& address, std::string_view key)
{
    const auto encoded = http::percent_encoded(key, "/");
    return address.path == "/" || encoded.empty() ? address.path + encoded
                                                  : address.path + "/" + encoded;
}

}  // namespace

/// What was corrected for one call.
struct Service::Repairs {
    bool region = false;
    bool clock = false;
    bool session = false;
};

Service::Service(Place place, const remote::Url& url, const remote::RemoteOptions& options)
    : place_{std::move(place)}, credentials_{url, options, place_.is_google}, client_{options},
      region_{place_.region.empty() ? default_region : place_.region}
{
    if (!options.tls.verify && !is_plain()) {
        options.notice(
            fmt::format("the certificate of {} is not verified, as asked", place_.description));
    }
}

Service::Stamp Service::stamp()
{
    auto credentials = credentials_.get();
    // They may have been fetched just now, in frames that nobody overwrites.
    io::wipe_stack();
    const std::lock_guard guard{mutex_};
    return {region_, skew_, std::move(credentials)};
}

std::chrono::sys_seconds Service::now() const
{
    const std::lock_guard guard{mutex_};
    return system_seconds() + skew_;
}

bool Service::is_plain() const
{
    return place_.endpoint.empty() ? place_.unencrypted : place_.endpoint.starts_with("http:");
}

http::Request Service::signed_request(const Call& call, const Stamp& stamp) const
{
    const auto time = system_seconds() + stamp.skew;
    const auto address = address_of(place_, stamp.region);
    const auto path = path_of(address, call.key);
    const auto query = canonical_query(call.parameters);
    const auto hash = payload_hash(call);

    auto headers = call.headers;
    headers.push_back({"x-amz-content-sha256", hash});
    headers.push_back({"x-amz-date", timestamp(time)});
    if (const auto& token = stamp.credentials.token; token.is_set()) {
        headers.push_back({"x-amz-security-token", std::string{token.reveal()}});
    }
    auto to_sign = headers;
    to_sign.push_back({"host", address.host});
    headers.push_back({"authorization", authorization({call.method, path, query, to_sign, hash},
                                                      stamp.credentials, {stamp.region}, time)});

    // The key was in registers, and in frames below that the transfer does not overwrite.
    io::wipe_stack();

    http::Request request;
    request.method = call.method;
    request.url = address.origin + path + (query.empty() ? "" : "?" + query);
    request.headers = std::move(headers);
    request.is_secret = stamp.credentials.token.is_set();
    request.body = call.body;
    request.into = call.into;
    request.before_body = call.before_body;
    request.time_max = call.time_max;
    request.doing = call.doing;
    request.object = call.object;
    return request;
}

http::Answer Service::ask(const Call& call)
{
    Repairs repairs;
    bool has_probed = call.method != "HEAD";
    for (;;) {
        const auto used = stamp();
        auto answer = client_.perform(signed_request(call, used));
        if (answer.is_good()) {
            bucket_seen_ = true;
            return answer;
        }
        if (repair(answer, used, repairs)) {
            continue;
        }
        const bool is_unclear = answer.status == 400 || answer.status == 403 ||
                                answer.status == 301 || answer.status == 307;
        if (has_probed || !is_unclear) {
            return answer;
        }
        // An answer to HEAD has no body, so another question is asked for the reason; its own call
        // of this function corrects what can be corrected.
        has_probed = true;
        Call probe;
        probe.parameters = {{"max-keys", "1"}, {"prefix", place_.prefix}};
        probe.doing = call.doing;
        probe.object = call.object;
        auto reason = ask(probe);
        if (!reason.is_good()) {
            return reason;
        }
    }
}

bool Service::repair(const http::Answer& answer, const Stamp& stamp, Repairs& repairs)
{
    const auto problem = parse_problem(answer.text);
    if (!repairs.region && correct_region(answer, problem, stamp)) {
        repairs.region = true;
        return true;
    }
    if (!repairs.clock && correct_clock(answer, problem, stamp)) {
        repairs.clock = true;
        return true;
    }
    if (!repairs.session && is_expired_session(problem)) {
        repairs.session = true;
        return credentials_.renew(stamp.credentials);
    }
    return false;
}

// Learnt from whatever tells it: a header, the error's own words, or the host it should have been.
bool Service::correct_region(const http::Answer& answer, const Problem& problem, const Stamp& stamp)
{
    std::string told{answer.header("x-amz-bucket-region")};
    if (told.empty()) {
        told = problem.region;
    }
    if (told.empty() && place_.endpoint.empty()) {
        told = region_of_host(problem.endpoint);
    }
    // It becomes part of a host's name.
    if (told.empty() || told == stamp.region || !std::ranges::all_of(told, is_region_char)) {
        return false;
    }
    const std::lock_guard guard{mutex_};
    region_ = told;
    return true;
}

bool Service::correct_clock(const http::Answer& answer, const Problem& problem, const Stamp& stamp)
{
    const auto date = curl_getdate(std::string{answer.header("date")}.c_str(), nullptr);
    if (date < 0 || (answer.status != 403 && problem.code != "RequestTimeTooSkewed")) {
        return false;
    }
    const auto skew = std::chrono::sys_seconds{std::chrono::seconds{date}} - system_seconds();
    if (std::chrono::abs(skew - stamp.skew) < skew_suspected) {
        return false;
    }
    std::unique_lock guard{mutex_};
    const bool is_first = skew_ == stamp.skew;
    skew_ = skew;
    guard.unlock();
    if (is_first) {
        options().notice(fmt::format("the clock of {} is {} s {} this machine's; requests are "
                                     "dated by it",
                                     place_.description, std::abs(skew.count()),
                                     skew.count() > 0 ? "ahead of" : "behind"));
    }
    return true;
}

bool Service::make_bucket()
{
    const std::lock_guard guard{making_};
    if (bucket_made_) {
        return true;  // another thread has meanwhile
    }
    // Only at the first contact: a bucket that was there and is gone must not come back empty.
    if (!place_.creates_bucket || bucket_seen_) {
        return false;
    }
    Call call;
    call.method = "PUT";
    // Where the caller wants it, unless the service has said meanwhile what it takes instead.
    auto wanted = place_.region.empty() || place_.is_google ? std::string{} : stamp().region;
    if (options().s3.european_buckets) {
        wanted = "EU";
    }
    call.body = creation_body(wanted == default_region ? std::string_view{} : wanted);
    call.doing = "making the bucket";
    call.object = place_.description;
    const auto answer = ask(call);
    if (!answer.is_good() && parse_problem(answer.text).code != "BucketAlreadyOwnedByYou") {
        throw error_of(call, answer);
    }
    bucket_made_ = true;
    return true;
}

http::Answer Service::checked(const Call& call, http::Answer answer)
{
    if (!answer.is_good() && parse_problem(answer.text).code == "NoSuchBucket" && make_bucket()) {
        answer = ask(call);
    }
    if (!answer.is_good()) {
        throw error_of(call, answer);
    }
    return answer;
}

void Service::require_bucket(const std::string& object)
{
    Call call;
    call.method = "HEAD";
    call.doing = "looking at the bucket";
    call.object = object;
    const auto answer = ask(call);
    if (answer.status == 404 && !make_bucket()) {
        throw missing_bucket(place_);
    }
    if (!answer.is_good() && answer.status != 404) {
        throw error_of(call, answer);
    }
}

Error Service::error_of(const Call& call, const http::Answer& answer) const
{
    return error_from_answer(call, answer, place_, options().s3);
}

Error Service::error_of(const Call& call, const Problem& problem) const
{
    return error_from_problem(call, problem, place_, options().s3);
}

}  // namespace duplid::s3
