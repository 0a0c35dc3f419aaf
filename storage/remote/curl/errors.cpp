#include "storage/remote/curl/errors.hpp"

#include <fmt/format.h>

namespace duplid::curl {

namespace {

struct Meaning {
    Error::Kind kind;
    const char* hint;
};

Meaning meaning_of(CURLcode code)
{
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return {Error::Kind::denied,
                "the server's certificate is not trusted; --ssl-cacert-file names the authority "
                "that signed it"};
    case CURLE_SSL_CACERT_BADFILE:
        return {Error::Kind::invalid, "look at --ssl-cacert-file"};
    case CURLE_LOGIN_DENIED:
        return {Error::Kind::denied, "user name or password are not accepted"};
    case CURLE_REMOTE_ACCESS_DENIED:
        return {Error::Kind::denied, ""};
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_FTP_COULDNT_RETR_FILE:
        return {Error::Kind::not_found, ""};
    case CURLE_REMOTE_DISK_FULL:
        return {Error::Kind::no_space, ""};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return {Error::Kind::invalid, ""};
    case CURLE_USE_SSL_FAILED:
        return {Error::Kind::denied, "the server offers no encryption"};
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_SEND_FAIL_REWIND:
        return {Error::Kind::internal, ""};
    default:
        // Names that cannot be resolved, connections refused, reset, cut or stuck.
        return {Error::Kind::unreachable, ""};
    }
}

}  // namespace

Error error_from(CURLcode code, std::string_view words, std::string_view doing,
                 const std::string& object)
{
    const auto meaning = meaning_of(code);
    const std::string text{words.empty() ? std::string_view{curl_easy_strerror(code)} : words};
    return Error{meaning.kind, fmt::format("{}: {}", doing, text), object, meaning.hint}.with_facts(
        {{"curl", std::to_string(static_cast<int>(code))}});
}

}  // namespace duplid::curl
