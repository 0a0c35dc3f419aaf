#include "ctl/setup/trial.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/requests/file_requests.hpp"
#include "ctl/runs/archive_session.hpp"
#include "ctl/runs/job_archive.hpp"
#include "proto/methods.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace duplid::setup {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t small_bytes_max = 1 << 20;
constexpr std::uint64_t candidates_max = 1000;

/// A directory for what comes back, gone with it.
class Scratch {
public:
    Scratch()
    {
        std::error_code error;
        path_ = (fs::temp_directory_path(error) / "duplictl-trial-XXXXXX").string();
        if (::mkdtemp(path_.data()) == nullptr) {
            throw ctl::system_failure(proto::ErrorKind::denied, "making a directory", path_, errno);
        }
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file() const { return path_ + "/file"; }

private:
    std::string path_;
};

std::string path_below(const std::string& source, const std::string& path)
{
    return path == "." ? source : fmt::format("{}/{}", source == "/" ? "" : source, path);
}

bool is_unchanged(const proto::FileEntry& entry, const std::string& source)
{
    struct stat facts {};
    return ::lstat(path_below(source, entry.path).c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
           facts.st_mtim.tv_sec == entry.mtime &&
           static_cast<std::uint64_t>(facts.st_size) == entry.bytes.value_or(0);
}

std::optional<proto::FileEntry> pick(const ctl::CommandLine& opened, const std::string& source,
                                     ctl::Interrupts& interrupts)
{
    auto params = ctl::find_params(opened, ctl::surroundings());
    params.types += 'f';
    params.bytes_min = 1;
    params.bytes_max = small_bytes_max;
    params.limit = candidates_max;
    std::vector<proto::FileEntry> entries;
    const auto take = [&entries](const proto::Notification& notification) {
        if (notification.method == proto::files_notification) {
            auto part = proto::read_message<proto::FilesNotification>(notification.params,
                                                                      proto::Strictness::reply);
            std::ranges::move(part.files, std::back_inserter(entries));
        }
    };
    static_cast<void>(ctl::ask_archive(opened, ctl::Look{}, interrupts, proto::methods::find.name,
                                       std::move(params), take));
    std::ranges::shuffle(entries, std::mt19937{std::random_device{}()});
    const auto found = std::ranges::find_if(
        entries, [&source](const auto& entry) { return is_unchanged(entry, source); });
    return found == entries.end() ? std::nullopt : std::optional{*found};
}

void restore(ctl::CommandLine opened, const std::string& path, const std::string& destination,
             ctl::Interrupts& interrupts, ctl::Output& output)
{
    opened.positionals.push_back(destination);
    auto params = ctl::restore_params(opened, ctl::surroundings());
    params.path = path == "." ? "" : path;
    params.restore_ownership = false;
    const ctl::Look look{.quiet = true};
    auto secrets = ctl::secrets_for(params.archive, interrupts);
    auto chosen = ctl::open_archive_instance(opened, look, interrupts, params.archive);
    while (true) {
        const auto done = ctl::run_and_follow(proto::methods::restore, params, secrets,
                                              *chosen.session, look, output);
        if (done && !done->error) {
            return;
        }
        if (done && ctl::wants_secret(*done) &&
            ctl::ask_for_reading(secrets, params.archive, interrupts)) {
            continue;
        }
        throw ctl::Failure{done ? *done->error : proto::RpcError{}};
    }
}

bool is_same(const std::string& left, const std::string& right)
{
    std::ifstream one{left, std::ios::binary};
    std::ifstream other{right, std::ios::binary};
    std::array<char, 1 << 14> a{};
    std::array<char, 1 << 14> b{};
    while (one && other) {
        one.read(a.data(), a.size());
        other.read(b.data(), b.size());
        if (one.gcount() != other.gcount() ||
            !std::equal(a.begin(), a.begin() + one.gcount(), b.begin())) {
            return false;
        }
    }
    return one.eof() && other.eof();
}

}  // namespace

std::optional<Trial> try_restore(const ctl::CommandLine& line, const std::string& job,
                                 const std::string& target, const std::string& source,
                                 ctl::Interrupts& interrupts, ctl::Output& output)
{
    const auto opened = ctl::about_job(line, job, target, interrupts);
    const auto entry = pick(opened, source, interrupts);
    if (!entry) {
        return std::nullopt;
    }
    const Scratch scratch;
    restore(opened, entry->path, scratch.file(), interrupts, output);
    const auto original = path_below(source, entry->path);
    if (!is_same(scratch.file(), original) && is_unchanged(*entry, source)) {
        throw ctl::Failure{{.kind = proto::ErrorKind::corrupt,
                            .cause = "what was restored is not what is in the source",
                            .object = original,
                            .hint = "\"duplictl verify --job " + job +
                                    (target.empty() ? " " : " --target " + target + " ") + source +
                                    " --compare-data\" compares all files"}};
    }
    return Trial{original, entry->bytes.value_or(0)};
}

}  // namespace duplid::setup
