// An account of Swift's: requests that carry its token, which is got and renewed as needed.
#pragma once

#include "storage/remote/http/client.hpp"
#include "storage/remote/swift/account.hpp"
#include "storage/remote/swift/answers.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace duplid::swift {

/// "/container/name" as it stands in a URL.
[[nodiscard]] std::string encoded_path(std::string_view container, std::string_view name = {});

/// Any thread.
class Service {
public:
    Service(Account account, remote::RemoteOptions options);

    /// `request.url` is what stands behind the storage's address: "/container/name?query", encoded.
    /// Logs in first where that was not done; once more when the token is not accepted any longer.
    /// Statuses are not judged. Throws: Error when there is no answer, or no login.
    [[nodiscard]] http::Answer ask(const http::Request& request);
    /// The same; throws error_from() for statuses outside 2xx.
    http::Answer perform(const http::Request& request);

    /// Asked for once; the defaults when the cluster does not tell.
    [[nodiscard]] Abilities abilities();

    [[nodiscard]] const Account& account() const noexcept { return account_; }
    [[nodiscard]] const remote::RemoteOptions& options() const noexcept
    {
        return client_.options();
    }

private:
    [[nodiscard]] Session session();
    [[nodiscard]] Session session_after(const Session& refused);
    [[nodiscard]] http::Answer send(const http::Request& request, const Session& session);
    void log_in();

    Account account_;
    http::Client client_;
    std::mutex mutex_;  ///< of what follows; held while logging in, so that one thread does it
    std::optional<Session> session_;
    std::optional<Abilities> abilities_;
    bool was_noticed_ = false;
};

}  // namespace duplid::swift
