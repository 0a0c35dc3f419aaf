#include "ctl/words/option_values.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"
#include "proto/text.hpp"

#include <charconv>
#include <fmt/format.h>
#include <limits>

namespace duplid::ctl {

std::string_view name_of(OptionId id)
{
    return main_name(option(id));
}

std::string text_of(const CommandLine& line, OptionId id)
{
    return line.value(id).value_or("");
}

std::optional<std::uint64_t> number_of(const CommandLine& line, OptionId id, std::uint64_t min,
                                       std::uint64_t max)
{
    const auto text = line.value(id);
    if (!text) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto* const end = text->data() + text->size();
    const auto result = std::from_chars(text->data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || number < min || number > max) {
        throw usage_failure(
            fmt::format("{} wants a whole number from {} to {}", name_of(id), min, max), *text);
    }
    return number;
}

std::uint32_t small_number_of(const CommandLine& line, OptionId id, std::uint64_t min,
                              std::uint32_t otherwise)
{
    const auto number = number_of(line, id, min, std::numeric_limits<std::uint32_t>::max());
    return number ? static_cast<std::uint32_t>(*number) : otherwise;
}

std::string absolute(const std::string& path, const Surroundings& here)
{
    if (path.empty() || path.front() == '/') {
        return path;
    }
    return here.working_directory + (here.working_directory.ends_with('/') ? "" : "/") + path;
}

std::string path_of(const CommandLine& line, OptionId id, const Surroundings& here)
{
    const auto path = line.value(id);
    if (path && path->empty()) {
        throw usage_failure(fmt::format("{} wants a path", name_of(id)));
    }
    return path ? absolute(*path, here) : std::string{};
}

std::string program_of(const CommandLine& line, OptionId id, const Surroundings& here)
{
    const auto path = line.value(id).value_or("");
    return path.find('/') == std::string::npos ? path : absolute(path, here);
}

char separator_of(const CommandLine& line)
{
    const auto text = line.value(OptionId::time_separator);
    if (!text) {
        return ':';
    }
    if (text->size() != 1 || text->front() == '-' || !proto::is_utf8(*text)) {
        throw usage_failure("--time-separator wants one character other than \"-\"", *text);
    }
    return text->front();
}

std::int64_t time_from(const std::string& text, const CommandLine& line, std::string_view name,
                       const Surroundings& here)
{
    const auto time = parse_time(text, here.now, separator_of(line));
    if (!time) {
        throw usage_failure(fmt::format("{} wants a time", name), text,
                            "for example: now, 3D, 2W, 2026-11-21, 2026-11-21T21:03:10+01:00, or "
                            "seconds since 1970");
    }
    return *time;
}

std::uint64_t size_from(const std::string& text, OptionId id)
{
    const auto bytes = parse_size(text);
    if (!bytes) {
        throw usage_failure(fmt::format("{} wants a size", name_of(id)), text,
                            "for example: 500000, 100M, 2G");
    }
    return *bytes;
}

std::optional<std::int64_t> time_of(const CommandLine& line, OptionId id, const Surroundings& here)
{
    const auto text = line.value(id);
    return text ? std::optional{time_from(*text, line, name_of(id), here)} : std::nullopt;
}

std::optional<std::int64_t> time_of(const CommandLine& line, const Surroundings& here)
{
    return time_of(line, OptionId::time, here);
}

std::vector<proto::RuleParams> rules_of(const CommandLine& line, const Surroundings& here)
{
    std::vector<proto::RuleParams> rules;
    for (const auto& given : line.given) {
        const auto& row = option(given.id);
        if (row.set != OptionSet::selection || given.id == OptionId::null_separator) {
            continue;
        }
        proto::RuleParams rule;
        rule.kind = main_name(row).substr(2);
        if (given.id == OptionId::exclude_older_than) {
            rule.time = time_from(given.value, line, name_of(given.id), here);
        } else if (given.id == OptionId::exclude_larger_than) {
            rule.bytes = size_from(given.value, given.id);
        } else {
            rule.value = given.value;
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::string trimmed(const std::string& path)
{
    const auto first = path.find_first_not_of('/');
    if (first == std::string::npos) {
        return {};
    }
    return path.substr(first, path.find_last_not_of('/') - first + 1);
}

}  // namespace duplid::ctl
