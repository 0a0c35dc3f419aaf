#include "ctl/requests/file_requests.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/words/option_values.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace duplid::ctl {

namespace {

/// Numbers on the wire are JSON's signed ones.
constexpr std::uint64_t number_max = std::numeric_limits<std::int64_t>::max();

[[noreturn]] void refuse_size(const std::string& text)
{
    throw usage_failure("--size wants a size", text, "for example: +10M, -4K, 512, +1G");
}

unsigned shift_of(std::string_view unit, const std::string& text)
{
    if (unit.empty()) {
        return 0;
    }
    const auto place = std::string_view{"KMGT"}.find(unit.front());
    if (unit.size() > 1 || place == std::string_view::npos) {
        refuse_size(text);
    }
    return 10 * (static_cast<unsigned>(place) + 1);
}

void add_size(const std::string& text, proto::FindParams& params)
{
    std::string_view rest{text};
    const char sign = rest.empty() ? '\0' : rest.front();
    if (sign == '+' || sign == '-') {
        rest.remove_prefix(1);
    }
    std::uint64_t number = 0;
    const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (result.ec != std::errc{}) {
        refuse_size(text);
    }
    const auto shift =
        shift_of(rest.substr(static_cast<std::size_t>(result.ptr - rest.data())), text);
    if (number > number_max >> shift) {
        refuse_size(text);
    }
    number <<= shift;
    if (sign != '-') {
        params.bytes_min = number;
    }
    if (sign != '+') {
        params.bytes_max = number;
    }
}

std::string positional(const CommandLine& line, std::size_t index)
{
    return line.positionals.size() > index ? line.positionals[index] : std::string{};
}

}  // namespace

proto::ListFilesParams list_files_params(const CommandLine& line, const Surroundings& here)
{
    proto::ListFilesParams params;
    params.archive = archive_params(line, line.positionals.at(0), here);
    params.time = time_of(line, here);
    params.path = trimmed(positional(line, 1));
    if (line.has(OptionId::depth)) {
        params.depth = small_number_of(line, OptionId::depth, 0, 0);
    }
    if (line.has(OptionId::children)) {
        if (params.depth) {
            throw usage_failure("--depth and --children exclude each other");
        }
        params.depth = 1;
        params.without_path = true;
    }
    params.limit = number_of(line, OptionId::limit, 1, number_max).value_or(0);
    params.after = text_of(line, OptionId::after);
    return params;
}

proto::FindParams find_params(const CommandLine& line, const Surroundings& here)
{
    proto::FindParams params;
    params.archive = archive_params(line, line.positionals.at(0), here);
    params.pattern = positional(line, 1);
    params.regexp = line.has(OptionId::regexp);
    params.time = time_of(line, here);
    params.all_times = line.has(OptionId::all_times);
    if (params.all_times && params.time) {
        throw usage_failure("--time and --all-times exclude each other");
    }
    params.types = text_of(line, OptionId::find_type);
    if (params.types.find_first_not_of("fdlpcb") != std::string::npos) {
        throw usage_failure("--file-type wants letters out of f, d, l, p, c and b", params.types);
    }
    for (const auto& size : line.values(OptionId::size)) {
        add_size(size, params);
    }
    params.newer_than = time_of(line, OptionId::newer, here);
    params.older_than = time_of(line, OptionId::older, here);
    params.limit = number_of(line, OptionId::limit, 1, number_max).value_or(0);
    params.after = text_of(line, OptionId::after);
    return params;
}

proto::VersionsParams versions_params(const CommandLine& line, const Surroundings& here)
{
    return {.archive = archive_params(line, line.positionals.at(0), here),
            .path = trimmed(line.positionals.at(1))};
}

proto::CompareParams compare_params(const CommandLine& line, const Surroundings& here)
{
    proto::CompareParams params;
    params.archive = archive_params(line, line.positionals.at(0), here);
    params.time = time_of(line, here);
    params.with = time_of(line, OptionId::with, here);
    params.directory = positional(line, 1);
    params.rules = rules_of(line, here);
    params.null_separator = line.has(OptionId::null_separator);
    params.compare_data = line.has(OptionId::compare_data);
    if (!params.directory.empty()) {
        params.made = line.job_made;
    }
    if (!params.directory.empty() && params.with) {
        throw usage_failure("--with and a directory exclude each other");
    }
    if (params.directory.empty() && (params.compare_data || !params.rules.empty())) {
        throw usage_failure("--compare-data and selection options need a directory to look into",
                            {}, "duplictl compare URL DIR");
    }
    if (is_url(params.directory)) {
        throw usage_failure("this is no directory", params.directory);
    }
    return params;
}

proto::WhyParams why_params(const CommandLine& line, const Surroundings& here)
{
    const auto source = line.value(OptionId::why_source);
    if (!source || source->empty()) {
        throw usage_failure("say what would be backed up", {}, "duplictl why PATH --source DIR");
    }
    return {.working_directory = here.working_directory,
            .source = *source,
            .path = line.positionals.at(0),
            .rules = rules_of(line, here),
            .null_separator = line.has(OptionId::null_separator)};
}

proto::SyncParams sync_params(const CommandLine& line, const Surroundings& here)
{
    proto::SyncParams params;
    params.archive = archive_params(line, line.positionals.at(0), here);
    const auto mode = line.value(OptionId::metadata_sync_mode).value_or("partial");
    if (mode != "partial" && mode != "full") {
        throw usage_failure("--metadata-sync-mode wants partial or full", mode);
    }
    params.metadata_sync_mode = mode == "full" ? proto::SyncMode::full : proto::SyncMode::partial;
    params.lifetime = lifetime_of(line);
    return params;
}

proto::FileChangedParams file_changed_params(const CommandLine& line, const Surroundings& here)
{
    return {.archive = archive_params(line, line.positionals.at(0), here),
            .path = trimmed(text_of(line, OptionId::file_changed))};
}

proto::ChangesInSetParams changes_in_set_params(const CommandLine& line, const Surroundings& here)
{
    return {.archive = archive_params(line, line.positionals.at(0), here),
            .number = number_of(line, OptionId::show_changes_in_set, 0, number_max).value_or(0)};
}

}  // namespace duplid::ctl
