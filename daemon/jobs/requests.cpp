#include "daemon/jobs/requests.hpp"

#include "daemon/jobs/amounts.hpp"
#include "storage/io/error.hpp"

namespace duplid::jobs {

namespace {

std::vector<proto::RuleParams> rules_of(const Job& job, std::int64_t now)
{
    std::vector<proto::RuleParams> rules;
    for (std::size_t i = 0; i < job.select.size(); ++i) {
        try {
            rules.push_back(to_params(job.select[i], now));
        } catch (const Error& error) {
            throw Error{Error::Kind::invalid, error.what(),
                        "select[" + std::to_string(i) + "]." + error.object(), error.hint()};
        }
    }
    return rules;
}

std::vector<proto::CommandParams> commands_of(const Job& job)
{
    std::vector<proto::CommandParams> commands;
    for (std::size_t i = 0; i < job.commands.size(); ++i) {
        try {
            commands.push_back(to_params(job.commands[i]));
        } catch (const Error& error) {
            throw Error{Error::Kind::invalid, error.what(),
                        "commands[" + std::to_string(i) + "]." + error.object(), error.hint()};
        }
    }
    return commands;
}

template <class Params>
Params removal_of(const Job& job)
{
    Params params;
    params.archive = job.request.archive;
    params.force = true;
    params.lifetime = proto::Lifetime::detached;
    return params;
}

proto::PruneParams policy_of(const Job& job)
{
    const auto& kept = job.retention;
    auto params = removal_of<proto::PruneParams>(job);
    params.keep_last = kept.keep_last;
    params.keep_hourly = kept.keep_hourly;
    params.keep_daily = kept.keep_daily;
    params.keep_weekly = kept.keep_weekly;
    params.keep_monthly = kept.keep_monthly;
    params.keep_yearly = kept.keep_yearly;
    if (!kept.keep_within.empty()) {
        params.keep_within =
            static_cast<std::uint64_t>(seconds_from(kept.keep_within, "retention.keep_within"));
    }
    return params;
}

}  // namespace

proto::BackupParams backup_request(const Job& job, std::int64_t now)
{
    auto params = job.request;
    params.lifetime = proto::Lifetime::detached;
    params.rules = rules_of(job, now);
    params.commands = commands_of(job);
    if (!job.volsize.empty()) {
        params.volsize_bytes = bytes_from(job.volsize, "volsize");
    }
    if (!job.full_if_older_than.empty()) {
        params.full_if_older_than =
            now - seconds_from(job.full_if_older_than, "full_if_older_than");
    }
    return params;
}

proto::VerifyParams verify_request(const Job& job, std::int64_t now)
{
    proto::VerifyParams params;
    params.archive = job.request.archive;
    params.lifetime = proto::Lifetime::detached;
    if (job.verify && job.verify->with_source) {
        params.directory = job.request.source;
        params.compare_data = job.verify->compare_data;
        params.rules = rules_of(job, now);
        params.null_separator = job.request.null_separator;
        for (const auto& command : job.commands) {
            params.made.push_back(command.path);
        }
    }
    return params;
}

proto::CheckParams check_request(const Job& job)
{
    proto::CheckParams params;
    params.archive = job.request.archive;
    params.lifetime = proto::Lifetime::detached;
    params.sample = job.check ? job.check->sample : "none";
    return params;
}

std::vector<Removal> removals(const Job& job, std::int64_t now)
{
    const auto& kept = job.retention;
    std::vector<Removal> steps;
    if (!kept.older_than.empty()) {
        auto params = removal_of<proto::RemoveOlderThanParams>(job);
        params.time = now - seconds_from(kept.older_than, "retention.older_than");
        steps.emplace_back(std::move(params));
    }
    if (kept.keep_full > 0) {
        auto params = removal_of<proto::RemoveAllButNFullParams>(job);
        params.count = kept.keep_full;
        steps.emplace_back(std::move(params));
    }
    if (kept.keep_increments_of_full > 0) {
        auto params = removal_of<proto::RemoveIncrementsParams>(job);
        params.count = kept.keep_increments_of_full;
        steps.emplace_back(std::move(params));
    }
    if (kept.has_policy()) {
        steps.emplace_back(policy_of(job));
    }
    if (kept.cleanup) {
        steps.emplace_back(removal_of<proto::CleanupParams>(job));
    }
    return steps;
}

}  // namespace duplid::jobs
