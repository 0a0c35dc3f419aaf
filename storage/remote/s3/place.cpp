#include "storage/remote/s3/place.hpp"

#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <initializer_list>
#include <vector>

namespace duplid::s3 {

namespace {

constexpr std::string_view google_endpoint = "https://storage.googleapis.com";
/// Any region is accepted there (backends.md 4.2).
constexpr std::string_view google_region = "auto";
constexpr std::size_t bucket_bytes_max = 255;

bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_bucket_char(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}

// A certificate for *.s3.amazonaws.com covers one label, so a bucket with dots cannot be part of
// the host.
bool fits_into_host(std::string_view bucket)
{
    return std::ranges::all_of(bucket, [](char c) { return is_lower(c) || c == '-'; });
}

bool is_ip_address(std::string_view host)
{
    return host.starts_with('[') || (!host.empty() && std::ranges::all_of(host, [](char c) {
               return (c >= '0' && c <= '9') || c == '.';
           }));
}

[[noreturn]] void refuse(const std::string& why, const std::string& hint = {})
{
    throw Error{Error::Kind::invalid, why, {}, hint};
}

// bucket/some/prefix, with any number of slashes wherever one may stand.
void take_path(std::string_view path, Place& place)
{
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), part.size() + 1));
        if (!part.empty()) {
            parts.push_back(part);
        }
    }
    if (parts.empty()) {
        refuse("the target URL names no bucket",
               "boto3+s3://BUCKET/PREFIX or s3://HOST/BUCKET/PREFIX");
    }
    place.bucket = parts.front();
    // Not shown: what stands before an '@' may be a password.
    if (!std::ranges::all_of(place.bucket, is_bucket_char) ||
        place.bucket.size() > bucket_bytes_max) {
        refuse("the bucket's name in the target URL is not one that S3 allows",
               "letters, digits, '-', '.' and '_'; credentials belong into variables or files");
    }
    for (std::size_t i = 1; i < parts.size(); ++i) {
        place.prefix += fmt::format("{}/", parts[i]);
    }
}

// The part of an endpoint behind its scheme. Throws when there is more than host and port.
std::string_view checked_host(std::string_view endpoint, std::string_view rest)
{
    while (rest.ends_with('/')) {
        rest.remove_suffix(1);
    }
    if (rest.empty() || rest.find_first_of("/?#@ ") != std::string_view::npos) {
        refuse(fmt::format("\"{}\" is not an endpoint", io::printable(remote::redacted(endpoint))),
               "--s3-endpoint-url https://HOST[:PORT]");
    }
    return rest;
}

// Without the port where it is the scheme's own: so it stands in the header Host.
std::string without_usual_port(std::string_view scheme, std::string_view host)
{
    const std::string_view usual = scheme == "https" ? ":443" : ":80";
    if (host.ends_with(usual)) {
        host.remove_suffix(usual.size());
    }
    return fmt::format("{}://{}", scheme, host);
}

std::string normal_endpoint(std::string_view endpoint)
{
    for (const std::string_view scheme : {"https", "http"}) {
        const auto start = fmt::format("{}://", scheme);
        if (endpoint.starts_with(start)) {
            std::string host{checked_host(endpoint, endpoint.substr(start.size()))};
            // As libcurl sends it, or the signature would be of another one.
            std::ranges::transform(host, host.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            });
            return without_usual_port(scheme, host);
        }
    }
    checked_host(endpoint, {});
    return {};
}

std::string endpoint_of_url(const remote::Url& url, bool unencrypted)
{
    const std::string_view scheme = unencrypted ? "http" : "https";
    const bool is_v6 = url.host->find(':') != std::string::npos;
    auto host = is_v6 ? fmt::format("[{}]", *url.host) : *url.host;
    if (url.port) {
        host += fmt::format(":{}", *url.port);
    }
    return without_usual_port(scheme, checked_host(host, host));
}

std::string_view host_of(std::string_view endpoint)
{
    const auto mark = endpoint.find("://");
    return mark == std::string_view::npos ? endpoint : endpoint.substr(mark + 3);
}

std::string first_told(std::initializer_list<std::string> texts)
{
    const auto* const found =
        std::ranges::find_if(texts, [](const std::string& text) { return !text.empty(); });
    return found == texts.end() ? std::string{} : *found;
}

void choose_endpoint(const remote::Url& url, const remote::RemoteOptions& options,
                     const Settings& profile, Place& place)
{
    place.unencrypted = options.s3.unencrypted_connection;
    if (!options.s3.endpoint.empty()) {
        place.endpoint = normal_endpoint(options.s3.endpoint);
    } else if (url.host) {
        place.endpoint = endpoint_of_url(url, place.unencrypted);
    } else if (place.is_google) {
        place.endpoint =
            place.unencrypted ? "http://storage.googleapis.com" : std::string{google_endpoint};
    } else if (const auto told = profile.text("endpoint_url"); !told.empty()) {
        place.endpoint = normal_endpoint(told);
    }
    place.region =
        place.is_google
            ? first_told({options.s3.region, std::string{google_region}})
            : first_told({options.s3.region, options.variables.text("AWS_REGION"),
                          options.variables.text("AWS_DEFAULT_REGION"), profile.text("region")});
    // Amazon's usual names stand for the region in them, so that another one can take its place.
    if (const auto region = region_of_host(host_of(place.endpoint));
        !place.endpoint.empty() && !region.empty()) {
        place.unencrypted = place.endpoint.starts_with("http:");
        place.endpoint.clear();
        place.region = first_told({options.s3.region, region});
    }
}

// Path style everywhere but for boto3+s3 on Amazon, unless it is asked for: a custom endpoint needs
// a wildcard in its DNS.
bool wants_virtual_host(const remote::Url& url, const remote::RemoteOptions& options,
                        const Place& place)
{
    const auto host = host_of(place.endpoint);
    const auto name = host.starts_with('[') ? host : host.substr(0, host.find(':'));
    if (!fits_into_host(place.bucket) || (!place.endpoint.empty() && is_ip_address(name))) {
        return false;
    }
    return options.s3.new_style || (url.scheme == "boto3+s3" && place.endpoint.empty());
}

}  // namespace

bool Place::is_amazon() const noexcept
{
    return endpoint.empty() || endpoint.ends_with(".amazonaws.com") ||
           endpoint.ends_with(".amazonaws.com.cn");
}

Place place_of(const remote::Url& url, const remote::RemoteOptions& options,
               const Settings& profile)
{
    Place place;
    place.is_google = url.scheme == "gs" || url.scheme == "gcs" || url.scheme == "boto3+gs";
    take_path(url.path, place);
    choose_endpoint(url, options, profile, place);
    place.virtual_host = wants_virtual_host(url, options, place);
    // boto makes a bucket that is missing, boto3 never does (backends.md 4.1).
    place.creates_bucket = !url.scheme.starts_with("boto3+");
    const auto port = url.port ? fmt::format(":{}", *url.port) : std::string{};
    place.description =
        fmt::format("{}://{}{}/{}", url.scheme, url.host ? *url.host + port + "/" : std::string{},
                    place.bucket, place.prefix);
    while (place.description.ends_with('/')) {
        place.description.pop_back();
    }
    return place;
}

Address address_of(const Place& place, std::string_view region)
{
    auto origin = place.endpoint;
    if (origin.empty()) {
        origin = fmt::format("{}://s3.{}.amazonaws.com{}", place.unencrypted ? "http" : "https",
                             region, region.starts_with("cn-") ? ".cn" : "");
    }
    std::string host{host_of(origin)};
    if (!place.virtual_host) {
        return {origin, host, "/" + place.bucket};
    }
    host = fmt::format("{}.{}", place.bucket, host);
    return {fmt::format("{}://{}", origin.substr(0, origin.find("://")), host), host, "/"};
}

std::string region_of_host(std::string_view host)
{
    for (const std::string_view end : {".amazonaws.com", ".amazonaws.com.cn"}) {
        if (!host.ends_with(end)) {
            continue;
        }
        auto name = host.substr(0, host.size() - end.size());
        // What is left is s3, s3-REGION or s3.REGION, perhaps behind a bucket.
        for (const std::string_view mark : {".s3.", ".s3-"}) {
            if (const auto at = name.rfind(mark); at != std::string_view::npos) {
                name.remove_prefix(at + 1);
                break;
            }
        }
        if (name == "s3" || name.ends_with(".s3")) {
            return "us-east-1";
        }
        const auto region = name.starts_with("s3.") || name.starts_with("s3-") ? name.substr(3)
                                                                               : std::string_view{};
        // VPC, dual-stack and FIPS endpoints have more parts, and are what somebody chose.
        return std::ranges::all_of(region, [](char c) { return is_lower(c) || c == '-'; }) &&
                       !region.starts_with("fips") && !region.starts_with("external")
                   ? std::string{region}
                   : std::string{};
    }
    return {};
}

}  // namespace duplid::s3
