#include "storage/remote/url.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/schemes.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace duplid::remote {

namespace {

bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_scheme_char(char c) noexcept
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

// By hand, because std::tolower() depends on the locale.
std::string lower(std::string_view text)
{
    std::string result{text};
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return result;
}

// The scheme as it is written (RFC 3986, 3.1), when a ':' follows; else nothing.
std::string_view scheme_of(std::string_view text) noexcept
{
    if (text.empty() || !is_letter(text.front())) {
        return {};
    }
    const auto end = std::find_if_not(text.begin(), text.end(), is_scheme_char);
    if (end == text.end() || *end != ':') {
        return {};
    }
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

// Percent decoding, once; what is no escape stays as it is (command-line.md 8.2).
std::string decoded(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high >= 0 && low >= 0) {
                result += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        result += text[i];
    }
    return result;
}

[[noreturn]] void refuse(std::string_view text, const std::string& why,
                         std::vector<ErrorFact> facts = {})
{
    auto shown = redacted(text);
    throw Error{Error::Kind::invalid, fmt::format("target URL {}: {}", shown, why), shown}
        .with_detail("bad_url", std::move(facts));
}

// Everything after "scheme:", cut at its borders and not yet decoded.
struct Split {
    std::string_view authority;  // between "//" and the next '/', empty without "//"
    std::string_view path;       // from that '/' on
    std::optional<std::string_view> query;
};

Split split(std::string_view rest) noexcept
{
    Split parts;
    rest = rest.substr(0, rest.find('#'));
    if (const auto mark = rest.find('?'); mark != std::string_view::npos) {
        parts.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    if (rest.starts_with("//")) {
        rest.remove_prefix(2);
        parts.authority = rest.substr(0, rest.find('/'));
        rest.remove_prefix(parts.authority.size());
    }
    parts.path = rest;
    return parts;
}

void parse_user(std::string_view user_information, Url& url)
{
    const auto colon = user_information.find(':');
    if (const auto user = user_information.substr(0, colon); !user.empty()) {
        url.user = decoded(user);
    }
    if (colon == std::string_view::npos || colon + 1 == user_information.size()) {
        return;  // an empty password is none
    }
    auto password = decoded(user_information.substr(colon + 1));
    url.password = io::Secret{password};
    io::wipe(password.data(), password.size());
}

void parse_port(std::string_view digits, std::string_view text, Url& url)
{
    if (digits.empty()) {
        return;
    }
    std::uint16_t port = 0;
    const auto* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, port);
    if (result.ec != std::errc{} || result.ptr != end) {
        // Not shown: it is part of a password when that holds an unescaped slash.
        refuse(text, "the port is no number from 0 to 65535");
    }
    url.port = port;
}

void parse_host(std::string_view host_and_port, std::string_view text, Url& url)
{
    std::string_view host = host_and_port;
    std::string_view port;
    if (host_and_port.starts_with('[')) {
        const auto end = host_and_port.find(']');
        if (end == std::string_view::npos) {
            refuse(text, "\"[\" without \"]\" in the host");
        }
        host = host_and_port.substr(1, end - 1);
        port = host_and_port.substr(end + 1);
        if (!port.empty() && port.front() != ':') {
            refuse(text, "only a port may follow \"]\" in the host");
        }
        port.remove_prefix(port.empty() ? 0 : 1);
    } else if (const auto colon = host_and_port.find(':'); colon != std::string_view::npos) {
        host = host_and_port.substr(0, colon);
        port = host_and_port.substr(colon + 1);
    }
    if (host.empty()) {
        refuse(text, "the host is missing", {{"missing", "host"}});
    }
    url.host = lower(host);
    parse_port(port, text, url);
}

// "host::module" and "host:port::module" mean an rsync daemon (backends.md 1.2). Takes the module
// off `host_and_port`. A bracketed IPv6 host has its "::" inside the brackets.
void take_rsync_module(std::string_view& host_and_port, Url& url)
{
    const auto bracket = host_and_port.find(']');
    const auto mark = host_and_port.find("::", bracket == std::string_view::npos ? 0 : bracket);
    if (mark == std::string_view::npos) {
        return;
    }
    url.rsync_module = decoded(host_and_port.substr(mark + 2));
    host_and_port = host_and_port.substr(0, mark);
}

}  // namespace

bool looks_like_url(std::string_view text) noexcept
{
    const auto scheme = scheme_of(text);
    if (scheme.empty()) {
        return false;
    }
    const auto rest = text.substr(scheme.size());
    return rest.starts_with("://") || (rest.starts_with(":/") && is_known_scheme(scheme));
}

Url parse_url(std::string_view text)
{
    const auto scheme = scheme_of(text);
    if (scheme.empty()) {
        refuse(text, "it has no scheme");
    }
    Url url;
    url.scheme = lower(scheme);
    const auto parts = split(text.substr(scheme.size() + 1));
    if (parts.authority.empty() && !parts.path.starts_with('/')) {
        refuse(text, "a path must follow the scheme, as in file:///path");
    }
    if (parts.query) {
        url.query = std::string{*parts.query};
    }

    auto host_and_port = parts.authority;
    if (const auto at = host_and_port.rfind('@'); at != std::string_view::npos) {
        parse_user(host_and_port.substr(0, at), url);
        host_and_port.remove_prefix(at + 1);
    }
    if (has_network_location(url.scheme)) {
        if (url.scheme == "rsync") {
            take_rsync_module(host_and_port, url);
        }
        parse_host(host_and_port, text, url);
        url.path = decoded(parts.path);
    } else {
        url.path = decoded(parts.authority) + decoded(parts.path);
        // Four slashes and more are one: duplicity takes file:////a for the relative path a
        // (command-line.md 13, deviation 10).
        const auto slashes = std::min(url.path.find_first_not_of('/'), url.path.size());
        if (slashes > 1) {
            url.path.erase(0, slashes - 1);
        }
    }
    if (url.path.find('\0') != std::string::npos) {
        refuse(text, "it holds a NUL byte");
    }
    return url;
}

std::string redacted(std::string_view text)
{
    const auto scheme = scheme_of(text);
    if (scheme.empty() || !text.substr(scheme.size()).starts_with("://")) {
        return std::string{text};
    }
    if (lower(scheme) == "file") {
        return std::string{text};  // has no password, and its path may hold anything
    }
    const auto begin = scheme.size() + 3;
    // A password may itself hold an unescaped '/', '?' or '#', which ends the authority for a
    // parser. Nobody's secret should depend on their having escaped it: from the first ':' to the
    // last '@' of the whole text all is taken for a password, unless it is plainly a port.
    const auto colon = text.find(':', begin);
    const auto at = text.rfind('@');
    if (colon == std::string_view::npos || at == std::string_view::npos || at < colon) {
        return std::string{text};
    }
    const auto after_port = text.find_first_not_of("0123456789", colon + 1);
    if (text[after_port] == '/') {
        return std::string{text};
    }
    return fmt::format("{}:*****{}", text.substr(0, colon), text.substr(at));
}

}  // namespace duplid::remote
