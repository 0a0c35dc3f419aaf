#include "storage/remote/azure/shared_key.hpp"

#include "storage/io/base64.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <span>

namespace duplid::azure {

namespace {

// In the order in which their values are signed, one a line, also where they are not sent.
constexpr std::array<std::string_view, 11> signed_headers{
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
};

std::string_view value_of(const std::vector<http::Header>& headers, std::string_view name)
{
    const auto found =
        std::ranges::find_if(headers, [&](const http::Header& one) { return one.name == name; });
    return found == headers.end() ? std::string_view{} : found->value;
}

}  // namespace

std::string string_to_sign(const std::string& account, const Call& call)
{
    std::string text = call.method + '\n';
    for (const auto name : signed_headers) {
        if (name == "content-length") {
            // Nothing for an empty body, since version 2015-02-21.
            text += call.body_bytes == 0 ? std::string{} : std::to_string(call.body_bytes);
        } else {
            text += value_of(call.headers, name);
        }
        text += '\n';
    }
    auto own = call.headers;
    std::erase_if(own, [](const http::Header& one) { return !one.name.starts_with("x-ms-"); });
    std::ranges::sort(own, {}, &http::Header::name);
    for (const auto& header : own) {
        text += header.name + ':' + header.value + '\n';
    }
    // The account, then the path, which names the account once more where it is no part of the
    // host.
    text += '/' + account + call.path;
    auto query = call.query;
    std::ranges::sort(query);
    for (const auto& [name, value] : query) {
        text += '\n' + name + ':' + value;
    }
    return text;
}

std::string signature(const io::Secret& key, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int bytes = 0;
    const auto secret = key.reveal();
    const auto data = std::as_bytes(std::span{text});
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(data.data()), data.size(), sum.data(),
             &bytes) == nullptr) {
        throw Error{Error::Kind::internal, "the crypto library computes no HMAC"};
    }
    return io::base64(std::as_bytes(std::span{sum.data(), bytes}));
}

}  // namespace duplid::azure
