// Credentials that a machine is given by whoever runs it.
//
// Format facts: "Use IMDSv2" of the EC2 user guide (a token first, by PUT, then the role's name,
// then its credentials), "Container credential provider" of the SDK reference guide (which
// addresses may be asked without TLS).
#include "storage/io/error.hpp"
#include "storage/io/wiped_text.hpp"
#include "storage/remote/http/client.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/s3/credentials.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace duplid::s3 {

namespace {

constexpr std::string_view instance_service = "http://169.254.169.254";
constexpr std::string_view container_service = "http://169.254.170.2";
/// Outside of Amazon's network nobody answers at those addresses.
constexpr std::chrono::seconds patience{2};
constexpr std::size_t answer_bytes_max = std::size_t{64} << 10U;
constexpr std::size_t token_file_bytes_max = std::size_t{64} << 10U;

// Asked directly: these addresses mean this machine, so a proxy would answer for another one.
http::Client client_for(const remote::RemoteOptions& options)
{
    remote::RemoteOptions own;
    own.timeout = patience;
    own.tls = options.tls;
    own.stop = options.stop;
    own.variables.set("HOME", options.variables.secret("HOME"));
    return http::Client{std::move(own)};
}

http::Answer ask(http::Client& client, const std::string& method, const std::string& url,
                 std::vector<http::Header> headers)
{
    http::Request request;
    request.method = method;
    request.url = url;
    request.headers = std::move(headers);
    request.is_secret = true;
    request.text_max = answer_bytes_max;
    request.doing = "asking for credentials";
    request.object = url;
    if (method == "PUT") {
        request.body = std::string{};
    }
    return client.perform(request);
}

std::string_view first_line(std::string_view text)
{
    return text.substr(0, text.find_first_of("\r\n"));
}

// What may be asked without TLS: this host, and the addresses of Amazon's container services.
bool may_be_plain(std::string_view url)
{
    constexpr std::array<std::string_view, 6> hosts{
        "http://127.0.0.1", "http://localhost",      "http://[::1]",
        container_service,  "http://169.254.170.23", "http://[fd00:ec2::23]"};
    return std::ranges::any_of(hosts, [&](std::string_view host) {
        return url.starts_with(host) &&
               (url.size() == host.size() || url[host.size()] == ':' || url[host.size()] == '/');
    });
}

std::string container_url(const remote::Variables& variables)
{
    if (const auto relative = variables.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
        !relative.empty()) {
        return fmt::format("{}{}", container_service, relative);
    }
    auto url = variables.text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!url.empty() && !url.starts_with("https://") && !may_be_plain(url)) {
        throw Error{Error::Kind::invalid,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI names a foreign host without TLS", url};
    }
    return url;
}

io::Secret container_token(const remote::Variables& variables)
{
    if (const auto path = variables.text("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !path.empty()) {
        const auto text = io::read_file_wiped(path, token_file_bytes_max);
        return io::Secret{first_line(io::text_of(text))};
    }
    return variables.secret("AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

Credentials credentials_of(const http::Answer& answer, const std::string& url)
{
    if (!answer.is_good()) {
        throw Error{Error::Kind::denied,
                    fmt::format("the service for credentials answers {}", answer.status), url};
    }
    return credentials_from_json(answer.text, url);
}

}  // namespace

std::optional<Credentials> container_credentials(const remote::RemoteOptions& options)
{
    const auto url = container_url(options.variables);
    if (url.empty()) {
        return std::nullopt;
    }
    std::vector<http::Header> headers;
    if (const auto token = container_token(options.variables); !token.reveal().empty()) {
        headers.push_back({"Authorization", std::string{token.reveal()}});
    }
    auto client = client_for(options);
    return credentials_of(ask(client, "GET", url, std::move(headers)), url);
}

std::optional<Credentials> instance_credentials(const remote::RemoteOptions& options)
{
    if (options.variables.text("AWS_EC2_METADATA_DISABLED") == "true") {
        return std::nullopt;
    }
    auto service = options.variables.text("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (service.empty()) {
        service = instance_service;
    }
    while (service.ends_with('/')) {
        service.pop_back();
    }
    auto client = client_for(options);
    http::Answer token;
    try {
        token = ask(client, "PUT", service + "/latest/api/token",
                    {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}});
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::unreachable) {
            throw;
        }
        return std::nullopt;  // no such machine
    }
    if (!token.is_good()) {
        return std::nullopt;
    }
    const http::Header proof{"X-aws-ec2-metadata-token", std::string{first_line(token.text)}};
    const auto roles = service + "/latest/meta-data/iam/security-credentials/";
    const auto list = ask(client, "GET", roles, {proof});
    const auto role = list.is_good() ? first_line(list.text) : std::string_view{};
    if (role.empty()) {
        return std::nullopt;  // a machine without a role
    }
    const auto url = roles + http::percent_encoded(role);
    return credentials_of(ask(client, "GET", url, {proof}), url);
}

}  // namespace duplid::s3
