#include "daemon/jobs/loader.hpp"

#include "daemon/jobs/targets.hpp"
#include "proto/error.hpp"
#include "proto/reader.hpp"
#include "proto/text.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::jobs {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".json";

Problem problem_of_file(const std::string& file, std::string cause, std::string hint = {})
{
    Problem problem;
    problem.file = file;
    problem.cause = std::move(cause);
    problem.hint = std::move(hint);
    return problem;
}

/// A file's commands are executed with our rights, so nobody else may have written it.
void check_trust(const std::string& file)
{
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) {
        return;  // reading it will say why
    }
    if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) {
        throw ProblemError{problem_of_file(file, "it belongs to another user",
                                           "chown it to root, or to the user duplid runs as")};
    }
    if ((facts.st_mode & S_IWOTH) != 0) {
        throw ProblemError{problem_of_file(file, "everybody may write to it", "chmod o-w " + file)};
    }
}

std::string read_text(const std::string& file, const std::optional<Draft>& draft)
{
    if (draft && draft->file == file) {
        return draft->text;
    }
    check_trust(file);
    try {
        const auto bytes = io::read_file(file, proto::job_text_bytes_max);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    } catch (const Error& error) {
        throw ProblemError{problem_of_file(file, error.what(), error.hint())};
    }
}

/// Names of files in a directory that end in ".json" and are not hidden, in order. None: no matter.
std::vector<std::string> json_files(const std::string& directory)
{
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator item{directory, error}, end; !error && item != end;
         item.increment(error)) {
        auto name = item->path().filename().string();
        std::error_code ignored;
        if (name.ends_with(suffix) && !name.starts_with('.') && !item->is_directory(ignored)) {
            names.push_back(std::move(name));
        }
    }
    std::ranges::sort(names);
    return names;
}

std::string stem(const std::string& file_name)
{
    return file_name.substr(0, file_name.size() - suffix.size());
}

void lay_over(Document& whole, const Document& upper)
{
    for (const auto& name : members_replaced_by(upper.value())) {
        whole.erase(name);
    }
    whole.merge(upper);
}

/// What a document includes, and it itself over that.
Document with_includes(Document document, const std::string& file, std::size_t depth,
                       std::vector<std::string>& files)
{
    document.erase("$schema");  // for editors
    if (!document.value().contains("include")) {
        return document;
    }
    const auto include = document.value()["include"];
    if (!include.is_array() ||
        !std::ranges::all_of(include, [](const auto& item) { return item.is_string(); })) {
        throw ProblemError{document.problem_at("include", "\"include\" must be a list of files")};
    }
    if (depth >= include_depth_max) {
        throw ProblemError{document.problem_at("include", "files include each other",
                                               "one of these names a file that names it again")};
    }
    Document whole;
    for (std::size_t i = 0; i < include.size(); ++i) {
        const auto path = (fs::path{file}.parent_path() / include[i].get<std::string>())
                              .lexically_normal()
                              .string();
        std::error_code error;
        if (!fs::exists(path, error)) {
            throw ProblemError{document.problem_at("include[" + std::to_string(i) + "]",
                                                   "there is no file " + path)};
        }
        lay_over(whole, with_includes(Document{read_text(path, {}), path}, path, depth + 1, files));
        files.push_back(path);
    }
    document.erase("include");
    lay_over(whole, document);
    return whole;
}

}  // namespace

void Settings::describe(proto::Fields& fields)
{
    fields.member({.name = "running_max",
                   .about = "runs that go at the same time; of one archive always one",
                   .min = 1,
                   .max = 64},
                  running_max);
    fields.path(
        {"metrics_file",
         "absolute; kept equal to what \"duplictl metrics\" prints, for node_exporter's "
         "textfile collector: a name that ends in .prom, in a directory that the daemon may "
         "write to"},
        metrics_file);
    fields.member({"defaults", "settings of all jobs, which their own files overrule"}, defaults);
}

Loader::Loader(std::string directory, Judge judge)
    : directory_{std::move(directory)}, judge_{std::move(judge)}
{
}

std::string Loader::file_of(const std::string& job) const
{
    return directory_ + "/jobs.d/" + job + std::string{suffix};
}

std::string Loader::drop_in_directory_of(const std::string& job) const
{
    return directory_ + "/jobs.d/" + job + ".d";
}

std::vector<std::string> Loader::files_of(const std::string& job) const
{
    std::vector<std::string> files;
    std::error_code error;
    if (fs::exists(file_of(job), error)) {
        files.push_back(file_of(job));
    }
    const auto directory = drop_in_directory_of(job);
    for (const auto& name : json_files(directory)) {
        files.push_back(directory + "/" + name);
    }
    return files;
}

Loader::Shared Loader::shared() const
{
    Shared shared;
    const auto file = directory_ + "/duplid.json";
    std::error_code error;
    if (!fs::exists(file, error)) {
        return shared;
    }
    try {
        Document document{read_text(file, {}), file};
        document.erase("$schema");
        const auto defaults = document.member("defaults");
        document.strip();
        try {
            shared.settings =
                proto::read_message<Settings>(document.value(), proto::Strictness::request);
        } catch (const proto::ProtocolError& wrong) {
            throw ProblemError{document.problem_at(
                wrong.error().object, wrong.error().cause + ": " + wrong.error().object,
                wrong.error().hint)};
        }
        if (!shared.settings.metrics_file.empty() &&
            !shared.settings.metrics_file.starts_with('/')) {
            throw ProblemError{
                document.problem_at("metrics_file", "the path of a file must be absolute")};
        }
        shared.defaults = with_includes(defaults, file, 0, shared.files);
        shared.files.push_back(file);
        // A mistake in the defaults is told once, and not by every job.
        Document probe{R"({"source": "/", "target": "file:///", "use_agent": true})", file};
        lay_over(probe, shared.defaults);
        probe.strip();
        static_cast<void>(job_from(probe, "defaults", nullptr));
    } catch (const ProblemError& wrong) {
        shared.problems.push_back(wrong.problem());
    }
    return shared;
}

LoadedJob Loader::load_over(const Shared& shared, const std::string& name,
                            const std::optional<Draft>& draft) const
{
    LoadedJob loaded;
    loaded.name = name;
    loaded.files = shared.files;
    loaded.document = shared.defaults;
    try {
        if (!is_job_name(name)) {
            throw ProblemError{problem_of_file(
                file_of(name), "this cannot be the name of a job",
                "letters, digits, '.', '_' and '-', not at its front, and at most 64 of them")};
        }
        auto files = files_of(name);
        if (draft && std::ranges::find(files, draft->file) == files.end()) {
            files.push_back(draft->file);
            // The job's own file first, then its drop-ins by name.
            std::ranges::sort(files, {}, [this, &name](const std::string& file) {
                return std::pair{file != file_of(name), file};
            });
        }
        for (const auto& file : files) {
            lay_over(loaded.document,
                     with_includes(Document{read_text(file, draft), file}, file, 0, loaded.files));
            loaded.files.push_back(file);
        }
        if (!shared.problems.empty()) {
            throw ProblemError{shared.problems.front()};
        }
        loaded.document.strip();
        loaded.job = std::make_shared<const Job>(job_from(loaded.document, name, judge_));
    } catch (const ProblemError& wrong) {
        loaded.problems.push_back(wrong.problem());
        loaded.problems.back().job = name;
        loaded.problems.back().cause = proto::to_utf8(loaded.problems.back().cause);
    }
    return loaded;
}

LoadedJob Loader::load_job(const std::string& name, const std::optional<Draft>& draft) const
{
    std::error_code error;
    if (!draft && !fs::exists(file_of(name), error)) {
        throw Error{Error::Kind::not_found, "there is no job of this name", name};
    }
    return load_over(shared(), name, draft);
}

Configuration Loader::load() const
{
    const auto all = shared();
    Configuration configuration;
    configuration.directory = directory_;
    if (all.problems.empty()) {
        configuration.settings = all.settings;
    }
    configuration.problems = all.problems;
    const auto jobs_directory = directory_ + "/jobs.d";
    for (const auto& file : json_files(jobs_directory)) {
        if (configuration.jobs.size() >= jobs_max) {
            configuration.problems.push_back(
                problem_of_file(jobs_directory, "more than " + std::to_string(jobs_max) + " jobs"));
            break;
        }
        auto loaded = load_over(all, stem(file), {});
        // What is wrong in the shared files was said already.
        if (all.problems.empty()) {
            configuration.problems.insert(configuration.problems.end(), loaded.problems.begin(),
                                          loaded.problems.end());
        }
        configuration.jobs.push_back(std::move(loaded));
    }
    return configuration;
}

}  // namespace duplid::jobs
