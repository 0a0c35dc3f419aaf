#include "engine/select/directory_stack.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace duplid::select {

namespace {

io::Fd open_at(int parent, const char* name, int flags, bool quietly) noexcept
{
    flags |= O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    for (;;) {
        const int fd = openat(parent, name, flags | (quietly ? O_NOATIME : 0));
        if (fd >= 0) {
            return io::Fd{fd};
        }
        if (errno == EPERM && quietly) {
            quietly = false;  // only owners may ask for O_NOATIME, and some file systems refuse it
        } else if (errno != EINTR) {
            return io::Fd{};
        }
    }
}

}  // namespace

io::Fd open_directory(int parent, const char* name, bool follow, bool quietly) noexcept
{
    return open_at(parent, name, O_DIRECTORY | (follow ? 0 : O_NOFOLLOW), quietly);
}

io::Fd open_regular(int parent, const char* name, bool follow, bool quietly) noexcept
{
    return open_at(parent, name, follow ? 0 : O_NOFOLLOW, quietly);
}

void DirectoryStack::push(io::Fd fd, Identity identity, std::string name, bool follow)
{
    levels_.push_back({std::move(fd), identity, std::move(name), follow});
    if (levels_.size() > open_max_) {
        // The root, which is level 0, stays open: everything can be reached from it.
        levels_[std::max<std::size_t>(levels_.size() - open_max_, 1)].fd.reset();
    }
}

void DirectoryStack::pop()
{
    const auto child = std::move(levels_.back().fd);
    levels_.pop_back();
    if (!levels_.empty() && !levels_.back().fd) {
        reopen_top(child);
    }
}

bool DirectoryStack::contains(Identity identity) const noexcept
{
    return std::any_of(levels_.begin(), levels_.end(),
                       [identity](const Level& level) { return level.identity == identity; });
}

io::Fd DirectoryStack::handle(std::size_t level) const
{
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    io::Fd handle;
    if (levels_[level].fd) {
        handle = io::Fd{openat(levels_[level].fd.get(), ".", flags)};
    } else {
        // Those between the root and the deepest ones are closed: up from the next open one.
        auto below = level;
        while (below < levels_.size() && !levels_[below].fd) {
            ++below;
        }
        if (below == levels_.size()) {
            return {};
        }
        int at = levels_[below].fd.get();
        for (; below > level; --below) {
            handle = io::Fd{openat(at, "..", flags)};
            at = handle.get();
        }
    }
    struct stat facts {};
    const bool is_same = handle && fstat(handle.get(), &facts) == 0 &&
                         Identity{facts.st_dev, facts.st_ino} == levels_[level].identity;
    return is_same ? std::move(handle) : io::Fd{};
}

io::Fd DirectoryStack::open_same(int parent, const char* name, const Level& level)
{
    auto fd = open_directory(parent, name, level.follow, false);
    struct stat facts {};
    if (fd &&
        (fstat(fd.get(), &facts) != 0 || Identity{facts.st_dev, facts.st_ino} != level.identity)) {
        fd.reset();
    }
    return fd;
}

void DirectoryStack::reopen_top(const io::Fd& child)
{
    auto& top = levels_.back();
    if (child) {
        top.fd = open_same(child.get(), "..", top);
        if (top.fd) {
            return;
        }
    }
    if (levels_.size() > lost_from_) {
        return;
    }
    auto level = levels_.size() - 1;
    while (!levels_[level].fd) {
        --level;
    }
    int parent = levels_[level].fd.get();
    io::Fd held;
    while (++level < levels_.size()) {
        auto next = open_same(parent, levels_[level].name.c_str(), levels_[level]);
        if (!next) {
            lost_from_ = level;
            return;
        }
        held = std::move(next);
        parent = held.get();
    }
    top.fd = std::move(held);
}

}  // namespace duplid::select
