#include "ctl/jobs/job_options.hpp"

#include "ctl/jobs/job_targets.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/show/jobs.hpp"
#include "ctl/words/job_settings.hpp"
#include "ctl/words/option_values.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/format.h>

namespace duplid::ctl {

namespace {

using Settings = JobSettings;

/// What a job's file may hold of a request.
proto::Json lasting(proto::BackupParams params)
{
    return proto::write_members([&params](proto::Fields& fields) {
        params.describe_lasting(fields);
        params.archive.describe_lasting(fields);
    });
}

/// The option as a job's file calls it.
std::string key_of(OptionId id)
{
    std::string key{main_name(option(id)).substr(2)};
    std::ranges::replace(key, '-', '_');
    return key;
}

/// Ages count from each run, so they cannot be dates.
std::string span_of(const CommandLine& line, OptionId id)
{
    auto text = line.value(id).value_or("");
    if (!text.empty() && !parse_span(text)) {
        throw usage_failure(fmt::format("in a job, {} wants a span of time", name_of(id)), text,
                            "for example 30D or 1Y6M");
    }
    return text;
}

Settings rules(const CommandLine& line, const Surroundings& here)
{
    const auto values = rules_of(line, here);
    auto list = Settings::array();
    for (const auto& given : line.given) {
        const auto& row = option(given.id);
        if (row.set != OptionSet::selection || given.id == OptionId::null_separator) {
            continue;
        }
        Settings rule;
        if (row.value.empty()) {
            rule[key_of(given.id)] = true;
        } else if (given.id == OptionId::exclude_older_than) {
            if (!parse_span(given.value)) {
                throw usage_failure("in a job, --exclude-older-than wants a span of time",
                                    given.value, "for example 2Y");
            }
            rule[key_of(given.id)] = given.value;
        } else if (given.id == OptionId::exclude_larger_than) {
            rule[key_of(given.id)] = given.value;
        } else {
            // Names of lists have become absolute there, and there is one value a rule.
            rule[key_of(given.id)] = values.at(list.size()).value;
        }
        list.push_back(std::move(rule));
    }
    return list;
}

Settings schedule(const CommandLine& line)
{
    Settings schedule;
    if (line.has(OptionId::calendar)) {
        schedule["calendar"] = line.values(OptionId::calendar);
    }
    for (const auto id : {OptionId::every, OptionId::random_delay}) {
        if (const auto value = line.value(id)) {
            schedule[key_of(id)] = *value;
        }
    }
    return schedule;
}

Settings retention(const CommandLine& line)
{
    constexpr std::array counts{OptionId::keep_full,  OptionId::keep_last,   OptionId::keep_hourly,
                                OptionId::keep_daily, OptionId::keep_weekly, OptionId::keep_monthly,
                                OptionId::keep_yearly};
    Settings retention;
    if (const auto age = line.value(OptionId::older_than)) {
        retention["older_than"] = *age;
    }
    for (const auto id : counts) {
        if (const auto count = number_of(line, id, 1, 1'000'000)) {
            retention[key_of(id)] = *count;
        }
    }
    if (auto within = span_of(line, OptionId::keep_within); !within.empty()) {
        retention["keep_within"] = std::move(within);
    }
    return retention;
}

Settings secrets(const CommandLine& line, const Surroundings& here, bool has_one_target)
{
    Settings secrets;
    if (auto file = path_of(line, OptionId::passphrase_file, here); !file.empty()) {
        secrets["passphrase"]["file"] = std::move(file);
    }
    // Two sources of one secret are for the daemon to refuse.
    if (const auto name = line.value(OptionId::passphrase_keyring)) {
        secrets["passphrase"]["keyring"] = *name;
    }
    if (!has_one_target) {
        return secrets;  // each target has its own
    }
    if (auto file = path_of(line, OptionId::target_password_file, here); !file.empty()) {
        secrets["target_password"]["file"] = std::move(file);
    }
    if (const auto name = line.value(OptionId::target_password_keyring)) {
        secrets["target_password"]["keyring"] = *name;
    }
    return secrets;
}

void check_options(const CommandLine& line)
{
    for (const auto id : {OptionId::type, OptionId::full, OptionId::incremental}) {
        if (line.has(id)) {
            throw usage_failure("a job makes full sets when --full-if-older-than says so",
                                std::string{name_of(id)},
                                "\"duplictl job-run JOB --task full\" makes one now");
        }
    }
}

/// The line as one of a backup, to the first of several targets.
CommandLine backup_line_of(const CommandLine& line, const Settings& targets)
{
    auto backup = line;
    backup.verb = VerbId::backup;
    backup.positionals.erase(backup.positionals.begin());
    const bool has_url = backup.positionals.size() > 1;
    if (has_url && !targets.empty()) {
        throw usage_failure("URL and --target exclude each other", backup.positionals[1],
                            "give it a name, too: --target NAME=URL");
    }
    if (!has_url && targets.empty()) {
        throw usage_failure("where to? Say URL or, of several, --target NAME=URL for each", {},
                            "duplictl job-add JOB SOURCE URL");
    }
    if (!has_url) {
        backup.positionals.push_back(targets.front().at("url").get<std::string>());
    }
    return backup;
}

Settings conditions(const CommandLine& line)
{
    Settings conditions;
    if (const auto uuid = line.value(OptionId::filesystem)) {
        conditions["filesystem"] = *uuid;
    }
    return conditions;
}

}  // namespace

JobSettings job_from_options(const CommandLine& line, const Surroundings& here)
{
    check_options(line);
    auto targets = new_targets(line, here);
    const bool has_one_target = targets.empty();
    const auto params = backup_params(backup_line_of(line, targets), here);

    Settings settings;
    settings["source"] = absolute(params.source, here);
    if (has_one_target) {
        settings["target"] = params.archive.target;
    } else {
        settings["targets"] = std::move(targets);
    }
    const auto said = lasting(params);
    const auto otherwise = lasting(proto::BackupParams{});
    for (const auto& [name, value] : said.items()) {
        if (!otherwise.contains(name) || otherwise[name] != value) {
            settings[name] = value;
        }
    }
    if (line.has(OptionId::volsize)) {
        settings["volsize"] = line.value(OptionId::volsize).value_or("") + "M";
    }
    if (auto age = span_of(line, OptionId::full_if_older_than); !age.empty()) {
        settings["full_if_older_than"] = std::move(age);
    }
    const auto put = [&settings](const char* name, Settings part) {
        if (!part.empty()) {
            settings[name] = std::move(part);
        }
    };
    put("select", rules(line, here));
    put("secrets", secrets(line, here, has_one_target));
    put("schedule", schedule(line));
    if (const auto age = line.value(OptionId::stale_after)) {
        settings["stale_after"] = *age;
    }
    if (has_one_target) {
        put("conditions", conditions(line));  // of several each names its own disk
    }
    put("retention", retention(line));
    return settings;
}

void show_places(Session& session, const std::string& job)
{
    proto::ConfigCheckParams params;
    params.job = job;
    params.places = true;
    const auto reply = session.call(proto::methods::config_check, params);
    for (const auto& problem : reply.problems) {
        std::fputs(show::problem(problem).c_str(), stderr);
    }
}

}  // namespace duplid::ctl
