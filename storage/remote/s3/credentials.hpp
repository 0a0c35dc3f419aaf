// Whose account is used: from variables, files, programs, or the machine itself
// (backends.md 4.1, 4.2).
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/s3/profile.hpp"
#include "storage/remote/s3/signer.hpp"
#include "storage/remote/url.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::s3 {

/// The reply of Amazon's metadata services, of containers and of `credential_process`: a JSON
/// object with AccessKeyId, SecretAccessKey, Token or SessionToken, Expiration. `object` names
/// where it is from. Takes any text, which the caller wipes. Throws: Error invalid.
[[nodiscard]] Credentials credentials_from_json(std::string_view text, const std::string& object);

/// Seconds since 1970 of `2026-11-22T10:00:00Z`, fractions cut off; nothing for anything else.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_time(std::string_view text);

/// What the container or the virtual machine that this runs in was given; nothing where there is no
/// such service. Throws: Error.
[[nodiscard]] std::optional<Credentials>
container_credentials(const remote::RemoteOptions& options);
[[nodiscard]] std::optional<Credentials> instance_credentials(const remote::RemoteOptions& options);

/// Asks, in this order: the URL; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY with
/// AWS_SESSION_TOKEN; the profile, also its credential_process; boto's file; the container; the
/// virtual machine. For Google: the URL, GS_ACCESS_KEY_ID and GS_SECRET_ACCESS_KEY, boto's file.
/// Any thread.
class CredentialSource {
public:
    CredentialSource(const remote::Url& url, remote::RemoteOptions options, bool is_google);

    /// Asked once; again five minutes before they expire. Throws: Error denied when there are none.
    [[nodiscard]] Credentials get();
    /// Asks anew, since the service takes `refused` no longer. False when there are no others.
    [[nodiscard]] bool renew(const Credentials& refused);

private:
    [[nodiscard]] Credentials find() const;
    [[nodiscard]] std::optional<Credentials> find_for_amazon() const;
    [[nodiscard]] std::optional<Credentials> find_for_google() const;
    [[nodiscard]] std::optional<Credentials> from_program(const std::string& line) const;

    std::optional<Credentials> of_url_{};
    remote::RemoteOptions options_;
    bool is_google_;

    std::mutex mutex_;
    std::optional<Credentials> known_{};
};

}  // namespace duplid::s3
