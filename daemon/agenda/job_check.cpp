// What JobService has to say of files before they are put in force.
#include "daemon/agenda/job_service.hpp"
#include "daemon/jobs/places.hpp"

#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

namespace duplid::daemon {

namespace {

void append(std::vector<jobs::Problem>& all, std::vector<jobs::Problem> more)
{
    all.insert(all.end(), std::move_iterator{more.begin()}, std::move_iterator{more.end()});
}

std::vector<jobs::Problem> problems_of_settings(const jobs::Configuration& configuration)
{
    const auto& file = configuration.settings->metrics_file;
    if (file.empty()) {
        return {};
    }
    const auto directory = std::filesystem::path{file}.parent_path().string();
    auto obstacle = jobs::obstacle_to_writing(directory);
    std::error_code error;
    if (!obstacle && !std::filesystem::is_directory(directory, error)) {
        obstacle = jobs::Obstacle{"there is no directory " + directory, "make it"};
    }
    if (!obstacle) {
        return {};
    }
    jobs::Problem problem;
    problem.file = configuration.directory + "/duplid.json";
    problem.cause = "metrics_file: " + obstacle->cause;
    problem.hint = std::move(obstacle->hint);
    return {std::move(problem)};
}

}  // namespace

jobs::Configuration JobService::read_for(const proto::ConfigCheckParams& params) const
{
    if (params.settings.empty() && params.job.empty()) {
        return loader_.load();
    }
    jobs::Configuration one;
    one.directory = loader_.directory();
    const auto file = loader_.file_of(params.job);
    one.jobs.push_back(params.settings.empty()
                           ? loader_.load_job(params.job)
                           : loader_.load_job(params.job, jobs::Draft{file, params.settings}));
    one.problems = one.jobs.front().problems;
    return one;
}

proto::ConfigCheckReply JobService::check(const proto::ConfigCheckParams& params) const
{
    auto read = read_for(params);
    return {loader_.directory(), read.jobs.size(), std::move(read.problems)};
}

JobService::Check JobService::check_with_places(const proto::ConfigCheckParams& params) const
{
    return [read = read_for(params), surroundings = surroundings_](const std::stop_token& stop) {
        proto::ConfigCheckReply reply{read.directory, read.jobs.size(), read.problems};
        if (read.settings) {
            append(reply.problems, problems_of_settings(read));
        }
        for (const auto& loaded : read.jobs) {
            append(reply.problems, jobs::obstacles(loaded, *surroundings, stop));
        }
        return reply;
    };
}

}  // namespace duplid::daemon
