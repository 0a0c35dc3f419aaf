// Where a target is: bucket, prefix and endpoint, from its URL and options (backends.md 4.1, 4.2).
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/s3/profile.hpp"
#include "storage/remote/url.hpp"

#include <string>
#include <string_view>

namespace duplid::s3 {

struct Place {
    std::string bucket;
    std::string prefix;        ///< before every name: empty, or ends with a slash
    std::string endpoint;      ///< `https://host[:port]`; empty: Amazon's own, which goes by region
    std::string region;        ///< empty: not told
    bool unencrypted = false;  ///< for Amazon's own endpoints
    bool virtual_host = false;    ///< the bucket is part of the host's name, not of the path
    bool creates_bucket = false;  ///< where it is missing at the first contact
    bool is_google = false;
    std::string description;

    /// Amazon's, by whatever name.
    [[nodiscard]] bool is_amazon() const noexcept;
};

/// Throws: Error invalid.
[[nodiscard]] Place place_of(const remote::Url& url, const remote::RemoteOptions& options,
                             const Settings& profile);

/// Where requests about the bucket of `place` go.
struct Address {
    std::string origin;  ///< `https://host[:port]`
    std::string host;    ///< the header Host
    std::string path;    ///< of the bucket, encoded, from its first slash: "/" or "/bucket"
};

[[nodiscard]] Address address_of(const Place& place, std::string_view region);

/// The region that one of Amazon's host names has in it; empty when it is none.
[[nodiscard]] std::string region_of_host(std::string_view host);

}  // namespace duplid::s3
