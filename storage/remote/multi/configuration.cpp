#include "storage/remote/multi/configuration.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/http/percent.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace duplid::multi {

namespace {

using Json = nlohmann::json;

constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;
constexpr std::size_t members_max = 100;

Error invalid(const std::string& text, const std::string& path)
{
    return {Error::Kind::invalid, fmt::format("{}: {}", path, text), path};
}

// A '+' is a blank, as in all forms of the web.
std::string decoded(std::string_view text)
{
    std::string with_blanks{text};
    std::ranges::replace(with_blanks, '+', ' ');
    return http::percent_decoded(with_blanks);
}

std::map<std::string, std::string> words_of(std::string_view query, const std::string& path)
{
    std::map<std::string, std::string> words;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const auto word = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const auto equals = std::min(word.find('='), word.size());
        auto name = decoded(word.substr(0, equals));
        if (name != "mode" && name != "onfail" && name != "subpath") {
            throw invalid(
                fmt::format("multi: does not know \"{}\"; it knows mode, onfail and subpath", name),
                path);
        }
        auto value = decoded(word.substr(std::min(equals + 1, word.size())));
        if (!words.emplace(name, std::move(value)).second) {
            throw invalid(fmt::format("\"{}\" is given twice", name), path);
        }
    }
    return words;
}

std::string text_of(const Json& object, const char* name, const std::string& path)
{
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) {
        throw invalid(fmt::format("a \"{}\" that is a text is missing", name), path);
    }
    return found->get<std::string>();
}

const Json& list_of(const Json& object, const char* name, const std::string& path)
{
    static const Json nothing = Json::array();
    const auto found = object.find(name);
    if (found == object.end()) {
        return nothing;
    }
    if (!found->is_array()) {
        throw invalid(fmt::format("\"{}\" is no list", name), path);
    }
    return *found;
}

MemberPlan member_of(const Json& object, const std::string& path)
{
    if (!object.is_object()) {
        throw invalid("a member that is no object", path);
    }
    MemberPlan member;
    member.url = text_of(object, "url", path);
    if (!remote::looks_like_url(member.url)) {
        // Not shown: it may hold a password all the same.
        throw invalid("a member's url is none", path);
    }
    for (const auto& variable : list_of(object, "env", path)) {
        if (!variable.is_object()) {
            throw invalid("an \"env\" that holds no objects", path);
        }
        member.variables.emplace_back(text_of(variable, "name", path),
                                      text_of(variable, "value", path));
    }
    for (const auto& prefix : list_of(object, "prefixes", path)) {
        if (!prefix.is_string()) {
            throw invalid("a prefix that is no text", path);
        }
        member.prefixes.push_back(prefix.get<std::string>());
    }
    return member;
}

}  // namespace

std::vector<MemberPlan> parse_members(std::string_view text, const std::string& path)
{
    const auto json = Json::parse(text, nullptr, false);
    // No words of the parser's: they quote the text, which may hold passwords.
    if (json.is_discarded() || !json.is_array() || json.empty()) {
        throw invalid("this is no JSON list of members", path);
    }
    if (json.size() > members_max) {
        throw invalid(fmt::format("more than {} members", members_max), path);
    }
    std::vector<MemberPlan> members;
    for (const auto& object : json) {
        members.push_back(member_of(object, path));
    }
    return members;
}

Configuration read_configuration(const remote::Url& url)
{
    Configuration configuration{.path = url.path, .members = {}};
    const auto words = words_of(url.query.value_or(""), url.path);
    const auto value_of = [&](const char* name, std::string_view usual) {
        const auto found = words.find(name);
        return found == words.end() ? std::string{usual} : found->second;
    };
    const auto mode = value_of("mode", "stripe");
    if (mode != "stripe" && mode != "mirror") {
        throw invalid(fmt::format("mode is stripe or mirror, not \"{}\"", mode), url.path);
    }
    configuration.mode = mode == "mirror" ? Mode::mirror : Mode::stripe;
    const auto on_failure = value_of("onfail", "continue");
    if (on_failure != "continue" && on_failure != "abort") {
        throw invalid(fmt::format("onfail is continue or abort, not \"{}\"", on_failure), url.path);
    }
    configuration.on_failure = on_failure == "abort" ? OnFailure::abort : OnFailure::go_on;

    const auto text = io::read_file(url.path, file_bytes_max);
    configuration.members = parse_members(io::text_of(text), url.path);
    const auto subpath = value_of("subpath", "");
    for (auto& member : configuration.members) {
        member.url += subpath;
        if (configuration.mode == Mode::stripe && !member.prefixes.empty()) {
            throw invalid("prefixes need mode=mirror", url.path);
        }
    }
    return configuration;
}

}  // namespace duplid::multi
