#include "ctl/setup/job_sheet.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/runs/job_archive.hpp"
#include "ctl/setup/recovery_sheet.hpp"
#include "ctl/setup/secret_file.hpp"
#include "proto/methods.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <unistd.h>
#include <vector>

namespace duplid::setup {

namespace {

using ctl::OptionId;

std::string host_name()
{
    constexpr std::size_t name_bytes_max = 256;
    std::array<char, name_bytes_max> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this machine";
}

/// The job's archive with what of its secrets the caller may read.
proto::ArchiveParams with_secrets(const ctl::CommandLine& line, const std::string& job,
                                  const std::string& target, ctl::Interrupts& interrupts)
{
    auto archive = *ctl::about_job(line, job, target, interrupts).job_archive;
    const bool is_symmetric =
        archive.encryption && archive.encrypt_key.empty() && archive.hidden_encrypt_key.empty();
    if (is_symmetric && !archive.passphrase.is_set()) {
        throw ctl::Failure{{.kind = proto::ErrorKind::denied,
                            .cause = "the passphrase of this job is in no file that you may read",
                            .object = job,
                            .hint = "leave out --with-secret, and write it on the sheet by hand"}};
    }
    return archive;
}

/// The first is one that has all backups, as far as the daemon knows.
std::vector<proto::TargetArchive> places_of(const proto::JobShowReply& job)
{
    const auto& archive = job.request->archive;
    auto places = job.target_archives;
    if (places.empty()) {
        return {proto::TargetArchive{"", archive}};
    }
    std::stable_partition(places.begin(), places.end(),
                          [&archive](const proto::TargetArchive& place) {
                              return place.archive.target == archive.target;
                          });
    return places;
}

}  // namespace

std::string make_sheet(const ctl::CommandLine& line, const std::string& job, ctl::Session& session,
                       ctl::Interrupts& interrupts)
{
    SheetFacts facts;
    facts.job = session.call(proto::methods::job_show, proto::JobParams{job});
    if (!facts.job.request) {
        throw ctl::Failure{{.kind = proto::ErrorKind::invalid,
                            .cause = "the files of this job make no sense",
                            .object = job,
                            .hint = "\"duplictl config-check\" says why"}};
    }
    facts.host = host_name();
    facts.now = std::time(nullptr);
    facts.with_secret = line.has(OptionId::with_secret);
    facts.places = places_of(facts.job);
    if (facts.with_secret) {
        for (auto& place : facts.places) {
            place.archive = with_secrets(line, job, place.name, interrupts);
        }
    }
    return recovery_sheet(facts);
}

std::string default_sheet_file(const std::string& config_directory, const std::string& job)
{
    return config_directory + "/recovery/" + job + ".txt";
}

void save_sheet(const std::string& file, const std::string& text)
{
    write_private(file, text);
}

}  // namespace duplid::setup
