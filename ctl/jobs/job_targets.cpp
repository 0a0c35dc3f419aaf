#include "ctl/jobs/job_targets.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/words/option_values.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string>
#include <utility>
#include <vector>

namespace duplid::ctl {

namespace {

constexpr std::array about_targets{OptionId::add_target, OptionId::required_target,
                                   OptionId::optional_target};

struct NamedWord {
    std::string name;
    std::string value;
};

/// "NAME=VALUE" for each time that an option was given.
std::vector<NamedWord> named_words(const CommandLine& line, OptionId id)
{
    std::vector<NamedWord> words;
    for (const auto& text : line.values(id)) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0 || is_url(text)) {
            throw usage_failure(fmt::format("{} wants the name of a target, too", name_of(id)),
                                text, fmt::format("{} NAME={}", name_of(id), text));
        }
        words.push_back({text.substr(0, equals), text.substr(equals + 1)});
    }
    return words;
}

void require_url(const NamedWord& word)
{
    if (!is_url(word.value)) {
        throw usage_failure(fmt::format("the target {} has no URL", word.name), word.value,
                            "a directory is written as file:///its/absolute/path");
    }
}

template <class Json>
auto find_target(Json& list, const std::string& name)
{
    return std::find_if(list.begin(), list.end(),
                        [&name](const auto& target) { return target.value("name", "") == name; });
}

/// Throws when it is not there.
template <class Json>
auto target_called(Json& list, const std::string& name)
{
    const auto found = find_target(list, name);
    if (found == list.end()) {
        std::string names;
        for (const auto& target : list) {
            names += (names.empty() ? "" : ", ") + target.value("name", "");
        }
        throw Failure{{.kind = proto::ErrorKind::not_found,
                       .cause = "the job has no target of this name",
                       .object = name,
                       .hint = names.empty()
                                   ? "its one target has no name: --target NAME=URL gives "
                                     "it one"
                                   : "its targets are " + names}};
    }
    return found;
}

template <class Json>
void mark_required(Json& list, const CommandLine& line)
{
    // In the order in which they were said.
    for (const auto& given : line.given) {
        if (given.id == OptionId::required_target) {
            (*target_called(list, given.value))["required"] = true;
        } else if (given.id == OptionId::optional_target) {
            target_called(list, given.value)->erase("required");
        }
    }
}

template <class Json>
void add_target(Json& list, const NamedWord& word)
{
    require_url(word);
    Json target;
    target["name"] = word.name;
    target["url"] = word.value;
    list.push_back(std::move(target));
}

/// The one that the job had before it had several.
void put_first(nlohmann::json& list, const std::string& url)
{
    const auto found = std::find_if(list.begin(), list.end(), [&url](const auto& target) {
        return target.value("url", "") == url;
    });
    if (found == list.end()) {
        throw usage_failure("the target that the job has would be left out", url,
                            fmt::format("give it a name, too: --target NAME={}", url));
    }
    auto first = *found;
    list.erase(found);
    list.insert(list.begin(), std::move(first));
}

}  // namespace

std::vector<TypedTarget> typed_targets(const CommandLine& line)
{
    constexpr std::size_t url_index = 2;  // behind the job's name and the source
    std::vector<TypedTarget> targets;
    if (line.positionals.size() > url_index) {
        targets.push_back({"", line.positionals[url_index]});
    }
    for (auto& word : named_words(line, OptionId::add_target)) {
        targets.push_back({std::move(word.name), std::move(word.value)});
    }
    return targets;
}

nlohmann::ordered_json new_targets(const CommandLine& line, const Surroundings& here)
{
    auto list = nlohmann::ordered_json::array();
    for (const auto& word : named_words(line, OptionId::add_target)) {
        add_target(list, word);
    }
    mark_required(list, line);
    if (!list.empty()) {
        for (const auto& word : named_words(line, OptionId::target_password_file)) {
            (*target_called(list, word.name))["secrets"]["target_password"]["file"] =
                absolute(word.value, here);
        }
        for (const auto& word : named_words(line, OptionId::target_password_keyring)) {
            (*target_called(list, word.name))["secrets"]["target_password"]["keyring"] = word.value;
        }
        for (const auto& word : named_words(line, OptionId::filesystem)) {
            (*target_called(list, word.name))["filesystem"] = word.value;
        }
    }
    return list;
}

bool changes_targets(const CommandLine& line) noexcept
{
    return std::ranges::any_of(about_targets, [&line](OptionId id) { return line.has(id); });
}

nlohmann::json changed_targets(const nlohmann::json& settings, const CommandLine& line)
{
    auto list = settings.value("targets", nlohmann::json::array());
    const auto only = list.empty() ? settings.value("target", "") : std::string{};
    for (const auto& word : named_words(line, OptionId::add_target)) {
        if (word.value.empty()) {
            list.erase(target_called(list, word.name));
        } else if (const auto known = find_target(list, word.name); known != list.end()) {
            require_url(word);
            (*known)["url"] = word.value;
        } else {
            add_target(list, word);
        }
    }
    if (!only.empty() && !list.empty()) {
        put_first(list, only);
    }
    mark_required(list, line);
    return list;
}

}  // namespace duplid::ctl
