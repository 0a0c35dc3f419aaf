#include "ctl/words/job_settings.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/text/time_text.hpp"
#include "proto/text.hpp"

namespace duplid::ctl {

namespace {

using nlohmann::json;

/// Any moment will do that intervals can be taken from.
constexpr std::int64_t some_time = 4'102'444'800;  // 2100-01-01

json value_of(const std::string& text)
{
    if (text.empty()) {
        return nullptr;
    }
    auto value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json(text) : value;
}

json setting_from(const std::string& word)
{
    if (!proto::is_utf8(word)) {
        throw usage_failure("a setting must be UTF-8 text");
    }
    if (word.starts_with('{')) {
        auto value = json::parse(word, nullptr, false);
        if (!value.is_object()) {
            throw usage_failure("this is no JSON object", word);
        }
        return value;
    }
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw usage_failure("this is no setting", word, "for example schedule.every=1d");
    }
    auto nested = value_of(word.substr(equals + 1));
    auto key = word.substr(0, equals);
    while (true) {
        const auto dot = key.rfind('.');
        const auto name = dot == std::string::npos ? key : key.substr(dot + 1);
        if (name.empty()) {
            throw usage_failure("a key has an empty part", word);
        }
        nested = json{{name, std::move(nested)}};
        if (dot == std::string::npos) {
            return nested;
        }
        key.resize(dot);
    }
}

/// As merge_patch(), but nulls stay: they are for the daemon.
void lay_over(json& lower, const json& upper)
{
    for (const auto& [name, value] : upper.items()) {
        if (value.is_object() && lower.contains(name) && lower[name].is_object()) {
            lay_over(lower[name], value);
        } else {
            lower[name] = value;
        }
    }
}

}  // namespace

json settings_from(const std::vector<std::string>& words)
{
    auto settings = json::object();
    for (const auto& word : words) {
        lay_over(settings, setting_from(word));
    }
    return settings;
}

std::optional<std::int64_t> parse_span(std::string_view text)
{
    const bool is_span = text.find_first_not_of("0123456789smhDWMY") == std::string_view::npos &&
                         text.find_first_of("smhDWMY") != std::string_view::npos;
    const auto time = is_span ? parse_time(text, some_time) : std::nullopt;
    return time && *time <= some_time ? std::optional{some_time - *time} : std::nullopt;
}

}  // namespace duplid::ctl
