#include "storage/remote/webdav/multistatus.hpp"

#include "storage/io/error.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/http/xml.hpp"

#include <algorithm>
#include <charconv>
#include <curl/curl.h>
#include <fmt/format.h>

namespace duplid::webdav {

namespace {

constexpr std::string_view dav = "DAV:";
/// A resource takes about fifteen; so this is a listing of 130,000 files, as much as 64 MiB hold.
constexpr std::size_t nodes_max = 2'000'000;
constexpr std::size_t reason_bytes_max = 200;

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<std::uint64_t> number_of(std::string_view text)
{
    text = trimmed(text);
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    return !text.empty() && result.ec == std::errc{} && result.ptr == end ? std::optional{number}
                                                                          : std::nullopt;
}

std::string path_of_href(std::string_view href)
{
    href = trimmed(href);
    if (const auto mark = href.find("://");
        mark != std::string_view::npos && !href.starts_with('/')) {
        href.remove_prefix(std::min(href.find('/', mark + 3), href.size()));
    }
    std::string path;
    for (const char c : http::percent_decoded(href)) {
        if (c != '/' || !path.ends_with('/')) {
            path += c;
        }
    }
    if (path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

void read_properties(const http::XmlNode& properties, Resource& resource)
{
    for (const auto& property : properties.children) {
        if (property.is(dav, "resourcetype")) {
            resource.is_collection = std::ranges::any_of(
                property.children, [](const auto& one) { return one.is(dav, "collection"); });
        } else if (property.is(dav, "getcontentlength")) {
            resource.bytes = number_of(property.text);
        } else if (property.is(dav, "quota-available-bytes")) {
            resource.free_bytes = number_of(property.text);
        } else if (property.is(dav, "getlastmodified")) {
            const auto time = curl_getdate(property.text.c_str(), nullptr);
            resource.modified = time < 0 ? std::nullopt : std::optional{time};
        }
    }
}

// "HTTP/1.1 200 OK"; without a status all is well.
bool is_good(std::string_view status)
{
    status = trimmed(status);
    const auto blank = status.find(' ');
    return status.empty() ||
           (blank != std::string_view::npos && status.substr(blank + 1, 3) == "200");
}

std::string_view between(std::string_view text, std::string_view begin, std::string_view end)
{
    const auto from = text.find(begin);
    if (from == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(from + begin.size());
    return text.substr(0, text.find(end));
}

std::string_view raw_reason(const http::Answer& answer)
{
    const std::string_view text = answer.text;
    // Not worth a parser: what is found is only shown.
    if (const auto message = between(text, "<s:message>", "</"); !message.empty()) {
        return message;
    }
    for (const auto* const begin : {"<title>", "<TITLE>"}) {
        if (const auto title = between(text, begin, "</"); !title.empty()) {
            return title;
        }
    }
    return trimmed(text).starts_with('<') ? std::string_view{} : text;
}

}  // namespace

std::vector<Resource> parse_multistatus(std::string_view text, const std::string& object)
{
    const auto document = http::parse_xml(text, object, nodes_max);
    if (!document.is(dav, "multistatus")) {
        throw Error{Error::Kind::unreachable,
                    "the server's answer is not the listing that it should be", object};
    }
    std::vector<Resource> resources;
    for (const auto& response : document.children) {
        const auto* const href = response.child("href");
        if (!response.is(dav, "response") || href == nullptr) {
            continue;
        }
        Resource resource;
        resource.path = path_of_href(href->text);
        for (const auto& part : response.children) {
            const auto* const properties = part.child("prop");
            if (part.is(dav, "propstat") && properties != nullptr &&
                is_good(part.text_of("status"))) {
                read_properties(*properties, resource);
            }
        }
        resources.push_back(std::move(resource));
    }
    return resources;
}

std::string reason_of(const http::Answer& answer)
{
    std::string reason;
    for (const char c : trimmed(raw_reason(answer)).substr(0, reason_bytes_max)) {
        reason += c >= ' ' && c < '\x7f' ? c : ' ';
    }
    return std::string{trimmed(reason)};
}

}  // namespace duplid::webdav
