#include "storage/cache/archive_directory.hpp"

#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/sweep.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>

namespace duplid::cache {

namespace {

constexpr const char* lock_name = "lockfile";

void make_directories(const std::string& path)
{
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
        throw system_error(error.value(), "making the directory", path);
    }
}

/// No run takes longer between two writes to a file of the cache.
constexpr std::chrono::hours sweep_age{24};

void require_component(std::string_view name)
{
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string_view{"/\0", 2}) != std::string_view::npos) {
        throw Error{Error::Kind::invalid, fmt::format("not a file name: \"{}\"", name),
                    std::string{name}};
    }
}

Error busy(const std::string& path)
{
    return Error{Error::Kind::busy, "another backup is at work: it holds " + path, path,
                 "wait until it has finished"}
        .with_detail("locked");
}

FileLock take(const std::string& path)
{
    auto lock = FileLock::try_take(path);
    if (!lock) {
        throw busy(path);
    }
    return std::move(*lock);
}

}  // namespace

ArchiveDirectory ArchiveDirectory::create(const std::string& archive_dir, const std::string& name)
{
    require_component(name);
    auto path = fmt::format("{}/{}", archive_dir, name);
    make_directories(path);
    io::sweep_temporaries(path, sweep_age);
    auto fd = io::open_file(path, O_PATH | O_DIRECTORY);
    return ArchiveDirectory{std::move(path), std::move(fd)};
}

std::string ArchiveDirectory::path_of(std::string_view file_name) const
{
    require_component(file_name);
    return fmt::format("{}/{}", path_, file_name);
}

std::vector<std::string> ArchiveDirectory::names() const
{
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entries{path_, error};
    for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
        std::error_code gone;
        if (entries->symlink_status(gone).type() == std::filesystem::file_type::regular) {
            names.push_back(entries->path().filename().string());
        }
    }
    if (error) {
        throw system_error(error.value(), "listing", path_);
    }
    std::sort(names.begin(), names.end());
    return names;
}

void ArchiveDirectory::check_still_there() const
{
    struct stat mine {};
    struct stat there {};
    if (::fstat(fd_.get(), &mine) != 0) {
        throw system_error(errno, "looking at", path_);
    }
    if (::stat(path_.c_str(), &there) == 0 && mine.st_dev == there.st_dev &&
        mine.st_ino == there.st_ino) {
        return;
    }
    throw Error{Error::Kind::not_found,
                fmt::format("the archive directory {} was removed while it was in use", path_),
                path_, "run it again: the cache is then fetched from the target"};
}

FileLock ArchiveDirectory::lock() const
{
    return take(path_of(lock_name));
}

FileLock ArchiveDirectory::lock_when_free(const std::stop_token& stop) const
{
    return FileLock::take_when_free(path_of(lock_name), stop);
}

std::string target_lock_path(const std::string& state_directory, std::string_view canonical_target)
{
    const auto folder = state_directory + "/locks";
    make_directories(folder);
    // A hash, because a URL may be longer than a file name and hold a slash.
    return fmt::format(
        "{}/{}", folder,
        io::digest_hex(io::Digest::Algorithm::sha256, io::view_of(canonical_target)));
}

FileLock lock_target(const std::string& state_directory, std::string_view canonical_target)
{
    return take(target_lock_path(state_directory, canonical_target));
}

FileLock lock_target_when_free(const std::string& state_directory,
                               std::string_view canonical_target, const std::stop_token& stop)
{
    return FileLock::take_when_free(target_lock_path(state_directory, canonical_target), stop);
}

}  // namespace duplid::cache
