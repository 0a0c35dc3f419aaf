// Whose storage it is and where to log in: Swift's credentials from the caller's variables.
//
// Facts: backends.md 4.5 to 4.7. The three schemes differ in their variables' names, in what is
// assumed where one is missing, and in Rackspace's key instead of a password.
#pragma once

#include "storage/io/secret.hpp"
#include "storage/remote/options.hpp"

#include <string>
#include <string_view>

namespace duplid::swift {

struct Account {
    /// What the variables' names begin with: "SWIFT", "PCA", "CLOUDFILES".
    std::string family;
    unsigned version = 1;  ///< of the way to log in: 1, 2 or 3
    std::string auth_url;  ///< without a slash at its end
    std::string user;
    std::string user_id;
    io::Secret password;
    bool has_api_key = false;  ///< the password is one of Rackspace's API keys
    std::string tenant;
    std::string tenant_id;
    std::string user_domain;
    std::string user_domain_id;
    std::string project_domain;
    std::string project_domain_id;
    std::string region;
    std::string interface = "public";  ///< or internal, admin
    /// Set where somebody else logged in; no login is then needed, nor perhaps possible.
    std::string storage_url;
    io::Secret token;
    /// The storage policy that the container must have; empty: any.
    std::string policy;

    [[nodiscard]] bool can_log_in() const noexcept
    {
        return !auth_url.empty() && password.is_set() && !(user.empty() && user_id.empty());
    }
};

/// `scheme` is "swift", "pca" or "cf+http". Throws: Error denied, naming the variables that are
/// missing; invalid for those that make no sense.
[[nodiscard]] Account account_from(std::string_view scheme, const remote::RemoteOptions& options);

}  // namespace duplid::swift
