#include "storage/remote/swift/account.hpp"

#include "storage/io/error.hpp"

#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

namespace duplid::swift {

namespace {

constexpr const char* rackspace_url = "https://identity.api.rackspacecloud.com/v2.0";
/// Of OVH's archive; containers without it are no archive.
constexpr const char* archive_policy = "PCA";

class Reader {
public:
    Reader(std::string family, const remote::Variables& variables)
        : family_{std::move(family)}, variables_{variables}
    {
    }

    [[nodiscard]] std::string text(std::string_view word) const
    {
        return variables_.text(name(word));
    }
    /// Not set where it is empty.
    [[nodiscard]] io::Secret secret(std::string_view word) const
    {
        auto value = variables_.secret(name(word));
        return value.reveal().empty() ? io::Secret{} : value;
    }
    [[nodiscard]] std::string name(std::string_view word) const
    {
        return fmt::format("{}_{}", family_, word);
    }

private:
    std::string family_;
    const remote::Variables& variables_;
};

std::string without_last_slashes(std::string url)
{
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

unsigned version_of(const Reader& read, unsigned otherwise)
{
    const auto text = read.text("AUTHVERSION");
    if (text.empty()) {
        return otherwise;
    }
    // "2.0" is usual.
    const auto digit = text.front() == 'v' ? text.substr(1) : text;
    for (const unsigned version : {1U, 2U, 3U}) {
        if (digit == std::to_string(version) || digit == fmt::format("{}.0", version)) {
            return version;
        }
    }
    throw Error{Error::Kind::invalid,
                fmt::format("{} is none of 1, 2 and 3", read.name("AUTHVERSION"))};
}

std::string interface_of(const Reader& read)
{
    auto text = read.text("ENDPOINT_TYPE");
    if (text.ends_with("URL")) {
        text.erase(text.size() - 3);
    }
    if (text.empty()) {
        return "public";
    }
    if (text != "public" && text != "internal" && text != "admin") {
        throw Error{Error::Kind::invalid,
                    fmt::format("{} is none of publicURL, internalURL and adminURL",
                                read.name("ENDPOINT_TYPE"))};
    }
    return text;
}

// Some write the address of the whole identity service; versions 2 and 3 live below it.
std::string with_version(std::string url, unsigned version)
{
    url = without_last_slashes(std::move(url));
    const auto path = url.find('/', url.find("://") + 3);
    const bool names_version =
        path != std::string::npos && url.find("/v", path) != std::string::npos;
    if (!url.empty() && !names_version && version > 1) {
        url += version == 2 ? "/v2.0" : "/v3";
    }
    return url;
}

void check(const Account& account, const Reader& read,
           const std::array<std::string_view, 3>& needed)
{
    const auto& url = account.auth_url;
    if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://")) {
        throw Error{Error::Kind::invalid,
                    fmt::format("{} is no http or https URL", read.name("AUTHURL"))};
    }
    if (url.find('@') != std::string::npos) {
        throw Error{Error::Kind::invalid,
                    fmt::format("{} holds a user or a password, which have variables of their own",
                                read.name("AUTHURL"))};
    }
    if (account.can_log_in() || (!account.storage_url.empty() && account.token.is_set())) {
        return;
    }
    std::vector<std::string> names;
    for (const auto word : needed) {
        if (!word.empty() && read.secret(word).reveal().empty()) {
            names.push_back(read.name(word));
        }
    }
    throw Error{Error::Kind::denied,
                fmt::format("no credentials are given: {} must be set", fmt::join(names, ", "))};
}

Account rackspace_account(const Reader& read, const remote::SwiftOptions& options)
{
    Account account;
    account.family = "CLOUDFILES";
    account.user = read.text("USERNAME");
    account.password = read.secret("APIKEY");
    account.region = read.text("REGION");
    account.auth_url = without_last_slashes(read.text("AUTHURL"));
    if (account.auth_url.empty()) {
        account.auth_url = rackspace_url;
    }
    // The older way of logging in is Swift's own.
    account.version = account.auth_url.ends_with("/v1.0") ? 1 : 2;
    account.has_api_key = account.version == 2;
    account.policy = options.storage_policy;
    check(account, read, {"USERNAME", "APIKEY", ""});
    return account;
}

}  // namespace

Account account_from(std::string_view scheme, const remote::RemoteOptions& options)
{
    if (scheme == "cf+http") {
        return rackspace_account(Reader{"CLOUDFILES", options.variables}, options.swift);
    }
    const bool is_archive = scheme == "pca";
    Account account;
    account.family = is_archive ? "PCA" : "SWIFT";
    const Reader read{account.family, options.variables};
    account.version = version_of(read, is_archive ? 2 : 1);
    account.auth_url = with_version(read.text("AUTHURL"), account.version);
    account.user = read.text("USERNAME");
    account.user_id = read.text("USERID");
    account.password = read.secret("PASSWORD");
    account.tenant = read.text("TENANTNAME");
    account.tenant_id = read.text("TENANTID");
    account.user_domain = read.text("USER_DOMAIN_NAME");
    account.user_domain_id = read.text("USER_DOMAIN_ID");
    account.project_domain = read.text("PROJECT_DOMAIN_NAME");
    account.project_domain_id = read.text("PROJECT_DOMAIN_ID");
    account.region = read.text("REGIONNAME");
    account.interface = interface_of(read);
    account.storage_url = without_last_slashes(read.text("PREAUTHURL"));
    account.token = read.secret("PREAUTHTOKEN");
    account.policy = is_archive ? archive_policy : options.swift.storage_policy;
    check(account, read, {"USERNAME", "PASSWORD", "AUTHURL"});
    // Version 2 has users "tenant:user" where no variable names the tenant.
    const auto colon = account.user.find(':');
    if (account.version == 2 && account.tenant.empty() && account.tenant_id.empty() &&
        colon != std::string::npos) {
        account.tenant = account.user.substr(0, colon);
        account.user.erase(0, colon + 1);
    }
    return account;
}

}  // namespace duplid::swift
