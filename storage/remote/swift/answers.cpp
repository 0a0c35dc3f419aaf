#include "storage/remote/swift/answers.hpp"

#include "storage/io/text.hpp"
#include "storage/io/wiped_text.hpp"
#include "storage/remote/http/json_secret.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <set>

namespace duplid::swift {

namespace {

using Json = nlohmann::json;

constexpr std::size_t words_max = 300;
constexpr std::uint64_t segments_limit = 100'000;

Json parse_json(std::string_view text, const std::string& object)
{
    auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        throw Error{Error::Kind::unreachable,
                    "the server's answer is not the JSON that it should be", object};
    }
    return json;
}

/// A member, or null where there is none.
const Json& member(const Json& object, const char* name)
{
    static const Json none;
    if (!object.is_object()) {
        return none;
    }
    const auto found = object.find(name);
    return found == object.end() ? none : *found;
}

std::string text_in(const Json& object, const char* name)
{
    const auto& value = member(object, name);
    return value.is_string() ? value.get<std::string>() : std::string{};
}

/// The elements of a member; none where it is no list.
const Json& list_in(const Json& object, const char* name)
{
    static const Json none = Json::array();
    const auto& value = member(object, name);
    return value.is_array() ? value : none;
}

std::uint64_t number_in(const Json& object, const char* name, std::uint64_t otherwise)
{
    const auto& value = member(object, name);
    return value.is_number_unsigned() ? value.get<std::uint64_t>() : otherwise;
}

std::string without_last_slashes(std::string url)
{
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

/// One place where the storage can be reached.
struct Endpoint {
    std::string region;
    std::string url;
};

std::string choose(const std::vector<Endpoint>& endpoints, const std::string& region,
                   const Account& account)
{
    const auto found = std::ranges::find_if(
        endpoints, [&](const Endpoint& one) { return region.empty() || one.region == region; });
    if (found != endpoints.end()) {
        return without_last_slashes(found->url);
    }
    std::set<std::string> regions;
    for (const auto& endpoint : endpoints) {
        regions.insert(io::printable(endpoint.region));
    }
    if (regions.empty()) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("the login at {} is good, but brings no object storage", account.auth_url),
            account.auth_url,
            fmt::format("the account's project or {}_TENANTNAME may be the wrong one",
                        account.family)};
    }
    throw Error{Error::Kind::invalid,
                fmt::format("there is no object storage in region \"{}\"; there is in {}", region,
                            fmt::join(regions, ", ")),
                account.auth_url, "look at the variable that names the region"};
}

Session session_of(std::string storage_url, io::Secret token, const Account& account)
{
    const bool is_url = storage_url.starts_with("https://") || storage_url.starts_with("http://");
    if (!is_url || token.reveal().empty()) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("the login at {} yields no token or no address of a storage",
                                account.auth_url),
                    account.auth_url};
    }
    return {std::move(storage_url), std::move(token)};
}

/// The sentence in an error's body: JSON of Keystone, HTML or plain text of Swift.
std::string words_of(std::string_view text)
{
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_discarded()) {
        // {"error": {"message": ...}}, and Rackspace's {"unauthorized": {"message": ...}}
        for (const auto& [name, value] : json.items()) {
            if (auto message = text_in(value, "message"); !message.empty()) {
                return message.substr(0, words_max);
            }
        }
        return {};
    }
    std::string words;
    bool in_tag = false;
    for (const char c : text.substr(0, words_max * 2)) {
        if (c == '<') {
            in_tag = true;
        }
        const bool is_blank = in_tag || c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (!is_blank) {
            words += c;
        } else if (!words.empty() && words.back() != ' ') {
            words += ' ';
        }
        if (c == '>') {
            in_tag = false;
        }
    }
    return words.substr(0, std::min(words_max, words.find_last_not_of(' ') + 1));
}

}  // namespace

Session parse_session_v2(std::string_view text, const Account& account)
{
    io::WipedText own{text.begin(), text.end()};
    auto token = http::take_json_text(own, {"access", "token", "id"});
    const auto json = parse_json(io::text_of(own), account.auth_url);
    const auto& access = member(json, "access");
    std::vector<Endpoint> endpoints;
    for (const auto& service : list_in(access, "serviceCatalog")) {
        if (text_in(service, "type") != "object-store") {
            continue;
        }
        for (const auto& endpoint : list_in(service, "endpoints")) {
            auto url = text_in(endpoint, (account.interface + "URL").c_str());
            if (!url.empty()) {
                endpoints.push_back({text_in(endpoint, "region"), std::move(url)});
            }
        }
    }
    // Rackspace's accounts have a region of their own.
    const auto region = account.region.empty()
                            ? text_in(member(access, "user"), "RAX-AUTH:defaultRegion")
                            : account.region;
    return session_of(choose(endpoints, region, account), std::move(token), account);
}

Session parse_session_v3(std::string_view text, io::Secret token, const Account& account)
{
    const auto json = parse_json(text, account.auth_url);
    std::vector<Endpoint> endpoints;
    for (const auto& service : list_in(member(json, "token"), "catalog")) {
        if (text_in(service, "type") != "object-store") {
            continue;
        }
        for (const auto& endpoint : list_in(service, "endpoints")) {
            if (text_in(endpoint, "interface") == account.interface) {
                auto region = text_in(endpoint, "region");
                endpoints.push_back({region.empty() ? text_in(endpoint, "region_id") : region,
                                     text_in(endpoint, "url")});
            }
        }
    }
    return session_of(choose(endpoints, account.region, account), std::move(token), account);
}

Page parse_page(std::string_view text, const std::string& object)
{
    const auto json = parse_json(text, object);
    if (!json.is_array()) {
        throw Error{Error::Kind::unreachable, "the server's answer is no list of objects", object};
    }
    Page page;
    for (const auto& entry : json) {
        auto name = text_in(entry, "name");
        if (name.empty()) {
            auto directory = text_in(entry, "subdir");
            page.last = directory.empty() ? page.last : std::move(directory);
            continue;
        }
        page.last = name;
        page.objects.push_back({std::move(name), number_in(entry, "bytes", remote::unknown_bytes)});
    }
    return page;
}

std::vector<std::string> parse_manifest(std::string_view text, const std::string& object)
{
    const auto json = parse_json(text, object);
    std::vector<std::string> paths;
    if (json.is_array()) {
        for (const auto& segment : json) {
            paths.push_back(text_in(segment, "name"));
        }
    }
    return paths;
}

Abilities parse_abilities(std::string_view text)
{
    Abilities abilities;
    const auto json = Json::parse(text, nullptr, false);
    const auto& large = member(json, "slo");
    abilities.has_static_large_objects = large.is_object();
    abilities.segments_max = std::clamp<std::uint64_t>(
        number_in(large, "max_manifest_segments", abilities.segments_max), 1, segments_limit);
    const auto bytes = number_in(member(json, "swift"), "max_file_size", 0);
    if (bytes > 0) {
        abilities.object_bytes_max = std::min(abilities.object_bytes_max, bytes);
    }
    return abilities;
}

Error error_from(const http::Request& request, const http::Answer& answer)
{
    const auto general =
        http::error_from_status(request, answer, io::printable(words_of(answer.text)));
    auto kind = general.kind();
    const char* hint = "";
    switch (answer.status) {
    case 413:
        kind = Error::Kind::no_space;
        hint = "the account's or the container's quota is used up, or the object too large";
        break;
    case 422:
        kind = Error::Kind::corrupt;
        hint = "what arrived there is not what was sent";
        break;
    default:
        break;
    }
    return Error{kind, general.what(), general.object(), hint}.with_facts(general.facts());
}

}  // namespace duplid::swift
