// The configuration's directory, read:
//
//     duplid.json            settings of the daemon, and "defaults" of all jobs
//     jobs.d/NAME.json       one job
//     jobs.d/NAME.d/*.json   laid over it, in the order of their names
//
// Later files overrule earlier ones: defaults, what a file includes, the file itself, its drop-ins.
#pragma once

#include "daemon/jobs/document.hpp"
#include "daemon/jobs/job.hpp"
#include "daemon/jobs/validation.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duplid::jobs {

/// Files that include each other, one in the other.
inline constexpr std::size_t include_depth_max = 8;
inline constexpr std::size_t jobs_max = 1000;

/// What duplid.json says of the daemon itself.
struct Settings {
    std::uint32_t running_max = 4;
    std::string metrics_file;  ///< absolute; empty: none
    proto::Json defaults = proto::Json::object();

    void describe(proto::Fields& fields);
};

struct LoadedJob {
    std::string name;
    std::vector<std::string> files;  ///< in the order in which they are merged
    Document document;               ///< of all of them
    std::shared_ptr<const Job> job;  ///< null: it makes no sense
    std::vector<Problem> problems{};
};

struct Configuration {
    std::string directory;
    std::optional<Settings> settings;  ///< nothing: duplid.json makes no sense
    std::vector<LoadedJob> jobs;       ///< by name
    std::vector<Problem> problems;     ///< of the jobs, too
};

/// What a file of a job is called that does not exist on the disk as it is to be judged.
struct Draft {
    std::string file;
    std::string text;
};

class Loader {
public:
    /// `directory` is the configuration's. It need not be there.
    Loader(std::string directory, Judge judge);

    /// Never throws for what is in files: a broken one is in `problems` and disturbs no other.
    [[nodiscard]] Configuration load() const;
    /// One job, `draft` in place of one of its files. Throws: Error not_found when there is none.
    [[nodiscard]] LoadedJob load_job(const std::string& name,
                                     const std::optional<Draft>& draft = {}) const;

    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    [[nodiscard]] std::string file_of(const std::string& job) const;
    [[nodiscard]] std::string drop_in_directory_of(const std::string& job) const;
    /// Of a job, as they are on the disk: its own and its drop-ins.
    [[nodiscard]] std::vector<std::string> files_of(const std::string& job) const;

private:
    struct Shared {
        Settings settings;
        Document defaults;
        std::vector<std::string> files;
        std::vector<Problem> problems;
    };

    [[nodiscard]] Shared shared() const;
    [[nodiscard]] LoadedJob load_over(const Shared& shared, const std::string& name,
                                      const std::optional<Draft>& draft) const;

    std::string directory_;
    Judge judge_;
};

}  // namespace duplid::jobs
