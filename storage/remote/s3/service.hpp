// One bucket's service: requests are signed and sent, and what the first answer corrects (region,
// clock, session) is corrected once.
#pragma once

#include "storage/remote/http/client.hpp"
#include "storage/remote/s3/call.hpp"
#include "storage/remote/s3/credentials.hpp"
#include "storage/remote/s3/place.hpp"
#include "storage/remote/s3/replies.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

namespace duplid::s3 {

/// Any thread.
class Service {
public:
    Service(Place place, const remote::Url& url, const remote::RemoteOptions& options);

    /// The answer, whatever it is. Repeated at most once for each of: another region, a clock that
    /// is wrong, credentials that have expired. Throws: Error as http::Client and CredentialSource.
    [[nodiscard]] http::Answer ask(const Call& call);
    /// Lets only good answers through. Where the bucket is missing and the scheme makes it, that is
    /// done, once, and the call repeated. Throws: Error, see error_of().
    http::Answer checked(const Call& call, http::Answer answer);
    http::Answer require(const Call& call) { return checked(call, ask(call)); }

    /// Throws: Error when the bucket is missing (and is not made), or may not be used.
    void require_bucket(const std::string& object);

    /// Why `answer` is not good.
    [[nodiscard]] Error error_of(const Call& call, const http::Answer& answer) const;
    /// The same for a problem that stands in a good answer.
    [[nodiscard]] Error error_of(const Call& call, const Problem& problem) const;

    [[nodiscard]] const Place& place() const noexcept { return place_; }
    [[nodiscard]] const remote::RemoteOptions& options() const noexcept
    {
        return client_.options();
    }
    /// Now, as the server sees it.
    [[nodiscard]] std::chrono::sys_seconds now() const;
    /// Whether what is sent can be read and changed on its way.
    [[nodiscard]] bool is_plain() const;

private:
    struct Repairs;

    /// What a request was signed with: other threads may have corrected it meanwhile.
    struct Stamp {
        std::string region;
        std::chrono::seconds skew;
        Credentials credentials;
    };
    [[nodiscard]] Stamp stamp();
    [[nodiscard]] http::Request signed_request(const Call& call, const Stamp& stamp) const;
    bool repair(const http::Answer& answer, const Stamp& stamp, Repairs& repairs);
    bool correct_region(const http::Answer& answer, const Problem& problem, const Stamp& stamp);
    bool correct_clock(const http::Answer& answer, const Problem& problem, const Stamp& stamp);
    /// False when a missing bucket is to stay missing.
    bool make_bucket();

    Place place_;
    CredentialSource credentials_;
    http::Client client_;

    mutable std::mutex mutex_;
    std::string region_;
    std::chrono::seconds skew_{0};  ///< the server's clock less ours
    std::atomic<bool> bucket_seen_{false};
    std::mutex making_;
    bool bucket_made_ = false;
};

}  // namespace duplid::s3
