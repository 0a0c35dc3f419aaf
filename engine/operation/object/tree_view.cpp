#include "engine/operation/object/tree_view.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace duplid::operation {

namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

bool is_absence(int error) noexcept
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

}  // namespace

bool TreeView::open_root()
{
    if (!open_.empty()) {
        return true;
    }
    io::Fd fd{::open(root_.c_str(), directory_flags)};
    if (!fd) {
        if (!is_absence(errno)) {
            throw system_error(errno, "opening", io::printable(root_));
        }
        is_blocked_ = errno != ENOENT;
        return false;
    }
    open_.push_back({"", std::move(fd)});
    return true;
}

bool TreeView::go_to(std::string_view parent)
{
    if (!open_root()) {
        return false;
    }
    while (!naming::is_at_or_below(parent, open_.back().key)) {
        open_.pop_back();
    }
    for (auto depth = naming::depth_of(open_.back().key) + 1; depth <= naming::depth_of(parent);
         ++depth) {
        std::string key{naming::first_components(parent, depth)};
        const std::string name{naming::last_component(key)};
        io::Fd fd{::openat(open_.back().fd.get(), name.c_str(), directory_flags | O_NOFOLLOW)};
        if (!fd) {
            if (!is_absence(errno)) {
                throw system_error(errno, "opening", io::printable(naming::path_of_key(key)));
            }
            is_blocked_ = errno != ENOENT;
            return false;
        }
        open_.push_back({std::move(key), std::move(fd)});
    }
    return true;
}

std::optional<TreeView::Found> TreeView::find(const std::string& key)
{
    is_blocked_ = false;
    Found found{};
    if (key.empty()) {
        // A link as the root counts as what it leads to, unless it leads to no directory.
        found.directory = AT_FDCWD;
        found.name = root_;
        struct stat target {};
        if (::stat(root_.c_str(), &target) == 0 && S_ISDIR(target.st_mode)) {
            found.facts = target;
            return found;
        }
    } else {
        if (!go_to(naming::parent_of(key))) {
            return std::nullopt;
        }
        found.directory = open_.back().fd.get();
        found.name = naming::last_component(key);
    }
    if (::fstatat(found.directory, found.name.c_str(), &found.facts, AT_SYMLINK_NOFOLLOW) != 0) {
        if (!is_absence(errno)) {
            throw system_error(errno, "looking at", io::printable(naming::path_of_key(key)));
        }
        return std::nullopt;
    }
    return found;
}

io::Fd TreeView::open(const Found& found)
{
    // Not blocking, should it have become a fifo meanwhile.
    io::Fd fd{::openat(found.directory, found.name.c_str(),
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat opened {};
    if (!fd) {
        if (is_absence(errno)) {
            return {};
        }
        throw system_error(errno, "opening", io::printable(found.name));
    }
    if (::fstat(fd.get(), &opened) != 0 || opened.st_dev != found.facts.st_dev ||
        opened.st_ino != found.facts.st_ino) {
        return {};
    }
    return fd;
}

std::string TreeView::link_of(const Found& found)
{
    std::string target(static_cast<std::size_t>(found.facts.st_size) + 1, '\0');
    for (;;) {
        const auto got =
            ::readlinkat(found.directory, found.name.c_str(), target.data(), target.size());
        if (got < 0) {
            throw system_error(errno, "reading the link", io::printable(found.name));
        }
        if (static_cast<std::size_t>(got) < target.size()) {
            target.resize(static_cast<std::size_t>(got));
            return target;
        }
        target.resize(target.size() * 2);
    }
}

}  // namespace duplid::operation
