#include "storage/remote/s3/signer.hpp"

#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/wiped_text.hpp"
#include "storage/remote/http/percent.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace duplid::s3 {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::size_t mac_bytes = 32;
using Mac = std::array<unsigned char, mac_bytes>;

Mac hmac(std::string_view key, std::string_view text)
{
    Mac mac{};
    unsigned int bytes = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(),
             &bytes) == nullptr ||
        bytes != mac.size()) {
        throw Error{Error::Kind::internal, "the crypto library computes no HMAC"};
    }
    return mac;
}

Mac hmac(const Mac& key, std::string_view text)
{
    return hmac(std::string_view{reinterpret_cast<const char*>(key.data()), key.size()}, text);
}

std::string hex(const Mac& mac)
{
    std::string text;
    for (const auto byte : mac) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

std::string sha256_hex(std::string_view text)
{
    return io::digest_hex(io::Digest::Algorithm::sha256, io::view_of(text));
}

// Not the headers themselves: a session's token is among them, and would be copied about.
using Sorted = std::vector<const http::Header*>;

Sorted sorted_by_name(std::span<const http::Header> headers)
{
    Sorted sorted;
    for (const auto& header : headers) {
        sorted.push_back(&header);
    }
    std::ranges::sort(sorted, {},
                      [](const http::Header* one) -> const std::string& { return one->name; });
    return sorted;
}

std::string joined_names(const Sorted& sorted)
{
    std::string names;
    for (const auto* const header : sorted) {
        names += names.empty() ? header->name : ';' + header->name;
    }
    return names;
}

io::WipedText canonical_request(const ToSign& request, const Sorted& sorted)
{
    io::WipedText text;
    const auto add = [&](std::string_view piece, std::string_view end) {
        io::append(text, piece);
        io::append(text, end);
    };
    for (const auto line : {request.method, request.path, request.query}) {
        add(line, "\n");
    }
    for (const auto* const header : sorted) {
        add(header->name, ":");
        add(header->value, "\n");
    }
    add({}, "\n");
    add(joined_names(sorted), "\n");
    add(request.payload_hash, {});
    return text;
}

// Good for one day, region and service: what leaks of it cannot become the secret again.
Mac signing_key(const io::Secret& secret, std::string_view day, const Scope& scope)
{
    io::WipedText first;
    io::append(first, "AWS4");
    io::append(first, secret.reveal());
    auto key = hmac(io::text_of(first), day);
    for (const auto text : {scope.region, scope.service, std::string_view{"aws4_request"}}) {
        key = hmac(key, text);
    }
    return key;
}

}  // namespace

std::string canonical_query(const Parameters& parameters)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& [name, value] : parameters) {
        pairs.emplace_back(http::percent_encoded(name), http::percent_encoded(value));
    }
    // By name before value: the '=' between them is greater than what names may begin with.
    std::ranges::sort(pairs);
    std::string query;
    for (const auto& [name, value] : pairs) {
        query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, value);
    }
    return query;
}

std::string timestamp(std::chrono::sys_seconds time)
{
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string authorization(const ToSign& request, const Credentials& credentials, const Scope& scope,
                          std::chrono::sys_seconds time)
{
    const auto sorted = sorted_by_name(request.headers);
    const auto moment = timestamp(time);
    const auto day = moment.substr(0, moment.find('T'));
    const auto range = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
    const auto text = fmt::format("{}\n{}\n{}\n{}", algorithm, moment, range,
                                  sha256_hex(io::text_of(canonical_request(request, sorted))));
    auto key = signing_key(credentials.secret, day, scope);
    const auto signature = hex(hmac(key, text));
    io::wipe(key.data(), key.size());
    return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", algorithm,
                       credentials.key_id, range, joined_names(sorted), signature);
}

}  // namespace duplid::s3
