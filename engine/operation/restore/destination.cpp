#include "engine/operation/restore/destination.hpp"

#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <cerrno>
#include <dirent.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>

namespace duplid::operation {

namespace {

enum class Found { nothing, empty_directory, full_directory, other };

Found look_at(const std::string& path)
{
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        if (errno == ENOENT) {
            return Found::nothing;
        }
        throw system_error(errno, "looking at the destination", path);
    }
    if (!S_ISDIR(facts.st_mode)) {
        return Found::other;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(path.c_str()), ::closedir};
    if (!directory) {
        throw system_error(errno, "listing the destination", path);
    }
    while (const auto* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            return Found::full_directory;
        }
    }
    return Found::empty_directory;
}

}  // namespace

void check_destination(const std::string& path, bool may_be_occupied)
{
    const auto found = look_at(path);
    if (!may_be_occupied && (found == Found::full_directory || found == Found::other)) {
        throw Error{Error::Kind::invalid,
                    fmt::format("the destination {} {}", io::printable(path),
                                found == Found::other ? "exists already" : "is not empty"),
                    path, "restore into a new directory, or use --force or --overwrite"}
            .with_detail("destination_occupied", {{"path", path}});
    }
}

void make_directories(const std::string& path)
{
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
        throw system_error(error.value(), "making the destination", path);
    }
}

}  // namespace duplid::operation
