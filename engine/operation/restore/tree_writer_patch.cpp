// What a patch needs of a TreeWriter beyond a restore: old files, and removing.
#include "engine/naming/index.hpp"
#include "engine/operation/restore/tree_writer.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::operation {

namespace {

/// Every level holds a descriptor: far more levels than any path that a program can name.
constexpr int levels_max = 4096;

/// 0, or the errno of what could not be removed. Nothing is followed.
int remove_tree(int at, const char* name, int levels = 0)
{
    if (::unlinkat(at, name, 0) == 0) {
        return 0;
    }
    if (errno != EISDIR) {
        return errno;
    }
    if (levels == levels_max) {
        return ELOOP;
    }
    const int fd = ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::fdopendir(fd), ::closedir};
    if (!directory) {
        const int error = errno;
        ::close(fd);
        return error;
    }
    while (const auto* entry = ::readdir(directory.get())) {
        const std::string_view child = entry->d_name;
        if (child == "." || child == "..") {
            continue;
        }
        if (const int error = remove_tree(fd, entry->d_name, levels + 1); error != 0) {
            return error;
        }
    }
    return ::unlinkat(at, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

}  // namespace

io::Fd TreeWriter::open_file(const std::string& key)
{
    constexpr int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    io::Fd fd;
    if (key.empty()) {
        fd = io::Fd{::open(options_.destination.c_str(), flags)};
    } else {
        if (open_.empty()) {
            open_root_directory();
        }
        if (const auto parent = open_parent_of(key)) {
            const std::string name{naming::last_component(key)};
            fd = io::Fd{::openat(parent.get(), name.c_str(), flags | O_NOFOLLOW)};
        }
    }
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return {};
    }
    return fd;
}

bool TreeWriter::remove(const std::string& key)
{
    if (is_blocked(key)) {
        return false;
    }
    if (key.empty()) {
        warn(Error{Error::Kind::corrupt, "the destination itself cannot be deleted", shown(key)});
        return false;
    }
    if (open_.empty()) {
        open_root_directory();
    }
    leave_to(key);
    if (open_.back().key == key) {
        open_.pop_back();
    }
    const auto parent = open_parent_of(key);
    const std::string name{naming::last_component(key)};
    const int error = parent ? remove_tree(parent.get(), name.c_str()) : 0;
    if (error == 0 || error == ENOENT) {
        return true;
    }
    warn_or_end(system_error(error, "deleting", shown(key)));
    return false;
}

/// A folder may take the place of anything else, which then goes.
void TreeWriter::clear_way_for_directory(const std::string& key)
{
    const auto parent = open_parent_of(key);
    const std::string name{naming::last_component(key)};
    struct stat facts {};
    if (!key.empty() && parent &&
        ::fstatat(parent.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISDIR(facts.st_mode)) {
        // Whether it worked shows when the folder is made.
        ::unlinkat(parent.get(), name.c_str(), 0);
    }
}

/// Whether the folder in a file's place is gone; errno says why not.
bool TreeWriter::clear_way_for_file(const Place& place) const
{
    if (!options_.replace_types || place.directory == parent_.get()) {
        errno = EISDIR;
        return false;
    }
    const int error = remove_tree(place.directory, place.name.c_str());
    errno = error;
    return error == 0;
}

}  // namespace duplid::operation
