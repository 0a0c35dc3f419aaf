#include "daemon/jobs/plans.hpp"

#include "daemon/jobs/amounts.hpp"
#include "daemon/jobs/targets.hpp"
#include "proto/writer.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/local_directory.hpp"
#include "storage/remote/url.hpp"

namespace duplid::jobs {

namespace {

/// What `read` makes of an item of a list. Its errors name that item.
template <class Read>
auto item_of(const std::string& part, std::size_t index, const Read& read)
{
    try {
        return read();
    } catch (const Error& error) {
        throw Error{Error::Kind::invalid, error.what(), part + "[" + std::to_string(index) + "]",
                    error.hint()};
    }
}

schedule::Span span_of(const std::string& text, const std::string& part)
{
    return std::chrono::seconds{seconds_from(text, part)};
}

schedule::Plan plan_of(const Schedule& words, const std::string& part)
{
    schedule::Plan plan;
    for (std::size_t i = 0; i < words.calendar.size(); ++i) {
        plan.calendars.push_back(item_of(
            part + ".calendar", i, [&] { return schedule::Calendar::parse(words.calendar[i]); }));
    }
    if (!words.every.empty()) {
        plan.every = span_of(words.every, part + ".every");
        if (*plan.every <= schedule::Span::zero()) {
            throw Error{Error::Kind::invalid, "the interval must be longer than nothing",
                        part + ".every"};
        }
    }
    if (!words.random_delay.empty()) {
        plan.random_delay = span_of(words.random_delay, part + ".random_delay");
    }
    plan.catch_up = words.catch_up;
    return plan;
}

/// What must be there for the target to be: of a local one its directory, else the host.
std::string place_of_target(const std::string& target)
{
    const auto url = remote::parse_url(target);
    if (url.host && !url.host->empty()) {
        return *url.host;
    }
    if (auto directory = remote::local_directory_of(target, "")) {
        return *std::move(directory);
    }
    throw Error{Error::Kind::invalid, "nobody can tell by its URL whether this target is there",
                "conditions.target"};
}

}  // namespace

schedule::Plan plan_of_backup(const Job& job)
{
    auto plan = plan_of(job.schedule, "schedule");
    if (!job.stale_after.empty()) {
        plan.stale_after = span_of(job.stale_after, "stale_after");
    }
    return plan;
}

schedule::Plan plan_of_verify(const Job& job)
{
    return job.verify ? plan_of(job.verify->schedule, "verify.schedule") : schedule::Plan{};
}

schedule::Plan plan_of_check(const Job& job)
{
    return job.check ? plan_of(job.check->schedule, "check.schedule") : schedule::Plan{};
}

schedule::Conditions conditions_of(const Job& job)
{
    const auto& words = job.conditions;
    schedule::Conditions conditions;
    conditions.network = words.network;
    conditions.mains = words.mains;
    if (words.battery > 0) {
        conditions.mains = true;
        conditions.battery_percent_min = words.battery;
    }
    if (!words.path.empty() && words.target) {
        throw Error{Error::Kind::invalid, "\"path\" and \"target\" exclude each other",
                    "conditions.path"};
    }
    if (!words.path.empty() && !words.path.starts_with('/')) {
        throw Error{Error::Kind::invalid, "a path must be absolute", "conditions.path"};
    }
    if (words.target && !job.targets.empty()) {
        throw Error{Error::Kind::invalid,
                    "a job with several targets does not wait for them: one that is away is caught "
                    "up by a later run",
                    "conditions.target", "leave it out, or say \"network\" or \"path\""};
    }
    if (!words.filesystem.empty() && !job.targets.empty()) {
        throw Error{Error::Kind::invalid,
                    "a job with several targets does not wait for their disks",
                    "conditions.filesystem", "say \"filesystem\" in the target that is on it"};
    }
    if (!words.filesystem.empty()) {
        conditions.disk_uuid = words.filesystem;
        conditions.disk_path = local_directory(job.request.archive.target, "conditions.filesystem");
    }
    conditions.target = words.target ? place_of_target(job.request.archive.target) : words.path;
    for (std::size_t i = 0; i < words.hours.size(); ++i) {
        conditions.hours.push_back(
            item_of("conditions.hours", i, [&] { return schedule::Hours::parse(words.hours[i]); }));
    }
    return conditions;
}

std::string fingerprint_of(const Schedule& schedule)
{
    return proto::write_message(schedule).dump();
}

}  // namespace duplid::jobs
