#include "daemon/operations/emptied_target.hpp"

#include "engine/chain/collection.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/local_directory.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <string>
#include <system_error>
#include <vector>

namespace duplid::daemon {

namespace {

namespace fs = std::filesystem;

/// A directory that is not there has none, and neither has one that may not be read: who opens the
/// archive says why.
std::vector<std::string> names_in(const std::string& directory)
{
    std::vector<std::string> names;
    std::error_code error;
    const fs::directory_iterator end;
    for (fs::directory_iterator entry{directory, error}; !error && entry != end;
         entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    return names;
}

bool is_empty_or_gone(const std::string& directory)
{
    std::error_code error;
    if (fs::is_empty(directory, error)) {
        return true;
    }
    return error == std::errc::no_such_file_or_directory;
}

}  // namespace

void require_not_emptied(const proto::ArchiveParams& archive, const ArchiveDefaults& defaults)
{
    const auto directory = remote::local_directory_of(archive.target, archive.working_directory);
    if (!directory || !is_empty_or_gone(*directory)) {
        return;
    }
    const auto place = place_of(archive, defaults);
    const auto known = chain::collect({}, names_in(place.cache_root + "/" + place.cache_name),
                                      settings_from(archive).names.prefixes);
    if (!known.cached_signatures.chains.empty()) {
        throw Error{
            Error::Kind::unreachable,
            fmt::format("there is nothing at {}, but backups were stored there before", *directory),
            *directory,
            "is the disk mounted? If it is empty on purpose, \"duplictl job run JOB --task "
            "full\" begins anew there"};
    }
}

}  // namespace duplid::daemon
