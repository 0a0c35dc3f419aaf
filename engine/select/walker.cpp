#include "engine/select/walker.hpp"

#include "engine/select/directory_stack.hpp"
#include "engine/select/entry_probe.hpp"
#include "engine/select/name_list.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace duplid::select {

namespace {

constexpr mode_t permission_bits = 07777;
constexpr std::uint64_t stat_block_bytes = 512;  // whatever the file system's blocks are

// Nothing for sockets and for what no Linux knows.
std::optional<Type> type_of(mode_t mode) noexcept
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return Type::regular;
    case S_IFDIR:
        return Type::directory;
    case S_IFLNK:
        return Type::symlink;
    case S_IFIFO:
        return Type::fifo;
    case S_IFCHR:
        return Type::character;
    case S_IFBLK:
        return Type::block;
    default:
        return std::nullopt;
    }
}

Metadata metadata_of(const struct stat& facts, Type type) noexcept
{
    const bool is_device = type == Type::character || type == Type::block;
    return {
        .type = type,
        .mode = static_cast<std::uint16_t>(facts.st_mode & permission_bits),
        .uid = facts.st_uid,
        .gid = facts.st_gid,
        .size = type == Type::regular ? static_cast<std::uint64_t>(facts.st_size) : 0,
        .stat_bytes = static_cast<std::uint64_t>(facts.st_size),
        .allocated_bytes = static_cast<std::uint64_t>(facts.st_blocks) * stat_block_bytes,
        .mtime = facts.st_mtim.tv_sec,
        .mtime_ns = static_cast<std::uint32_t>(facts.st_mtim.tv_nsec),
        .ctime = facts.st_ctim.tv_sec,
        .ctime_ns = static_cast<std::uint32_t>(facts.st_ctim.tv_nsec),
        .device = facts.st_dev,
        .inode = facts.st_ino,
        .nlink = facts.st_nlink,
        .rdev_major = is_device ? major(facts.st_rdev) : 0,
        .rdev_minor = is_device ? minor(facts.st_rdev) : 0,
    };
}

bool stat_at(int parent, const char* name, bool follow, struct stat& facts) noexcept
{
    return fstatat(parent, name, &facts, follow ? 0 : AT_SYMLINK_NOFOLLOW) == 0;
}

// Nothing, with errno, on failure.
std::optional<std::string> read_link(int parent, const char* name)
{
    constexpr std::size_t first_bytes = 256;
    std::string target(first_bytes, '\0');
    for (;;) {
        const auto got = readlinkat(parent, name, target.data(), target.size());
        if (got < 0) {
            return std::nullopt;
        }
        if (static_cast<std::size_t>(got) < target.size()) {
            target.resize(static_cast<std::size_t>(got));
            return target;
        }
        target.resize(target.size() * 2);  // perhaps cut off; the kernel's limit is a page
    }
}

bool is_gone(int error) noexcept
{
    // The latter two: something else stands there now.
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

}  // namespace

class Walker::Impl {
public:
    Impl(const Rules& rules, WalkOptions options, WalkListener& listener);

    bool next(Entry& entry);
    [[nodiscard]] io::Fd open_current() const;
    [[nodiscard]] io::Fd handle_of_current() const;

private:
    // A directory of the current path. Its path and key are the first bytes of path_ and key_.
    struct Level {
        Metadata metadata;
        NameList names;
        std::size_t next_name;
        std::size_t path_bytes;
        std::size_t key_bytes;
    };

    // Something found, before it is known whether it is wanted.
    struct Found {
        int parent;
        const char* name;
        Metadata metadata;
        bool through_link;
    };

    void start();
    void name_child(const char* name);
    void examine(const char* name);
    [[nodiscard]] std::optional<Found> look_at(int parent, const char* name);
    [[nodiscard]] Verdict decide(const Found& found) const;
    void take(const Found& found);
    void enter(Found found, Verdict verdict);
    void leave();
    void report(int error, const char* doing);
    [[nodiscard]] bool is_quiet(const Metadata& metadata) const noexcept
    {
        return user_ == 0 || user_ == metadata.uid;
    }

    const Rules& rules_;
    WalkListener& listener_;
    const bool copy_links_;
    const uid_t user_ = geteuid();
    std::uint64_t root_device_ = 0;

    // Levels and directories are pushed and popped together.
    std::vector<Level> levels_;
    DirectoryStack directories_{open_directories_max};
    // Of what is being looked at, or was given last; its parents are prefixes.
    std::string path_;
    std::string key_;

    // What next() still has to give before it goes on: the levels from given_levels_ on, if
    // giving_ is set, then held_. Only scanned levels are ever left ungiven for longer.
    bool giving_ = false;
    std::size_t given_levels_ = 0;
    bool holding_ = false;
    Found held_{};
    std::string held_target_;

    // What was given last: one of the levels, or what held_ still says.
    enum class Given { nothing, level, held };
    Given given_ = Given::nothing;
};

Walker::Impl::Impl(const Rules& rules, WalkOptions options, WalkListener& listener)
    : rules_{rules}, listener_{listener}, copy_links_{options.copy_links}, path_{rules.base()}
{
    start();
}

void Walker::Impl::start()
{
    struct stat facts {};
    const auto* name = rules_.base().c_str();
    if (!stat_at(AT_FDCWD, name, false, facts)) {
        throw system_error(errno, "reading the source", path_);
    }
    struct stat target {};
    const bool through_link =
        copy_links_ && S_ISLNK(facts.st_mode) && stat_at(AT_FDCWD, name, true, target);
    if (through_link) {
        facts = target;
    }
    const auto type = type_of(facts.st_mode);
    if (!type) {
        throw Error{Error::Kind::invalid, "the source is of a type that cannot be stored", path_};
    }
    const Found root{AT_FDCWD, name, metadata_of(facts, *type), through_link};
    root_device_ = root.metadata.device;
    if (*type != Type::directory) {
        take(root);
        if (!holding_) {
            throw Error{Error::Kind::not_found, "the source vanished", path_};
        }
        return;
    }
    auto fd = open_directory(AT_FDCWD, name, through_link, is_quiet(root.metadata));
    if (!fd || fstat(fd.get(), &facts) != 0) {
        throw system_error(errno, "opening the source", path_);
    }
    const auto metadata = metadata_of(facts, Type::directory);
    root_device_ = metadata.device;
    NameList names{fd.get(), path_};
    directories_.push(std::move(fd), {metadata.device, metadata.inode}, name, through_link);
    levels_.push_back({metadata, std::move(names), 0, path_.size(), 0});
    giving_ = true;
}

bool Walker::Impl::next(Entry& entry)
{
    given_ = Given::nothing;
    for (;;) {
        if (giving_ && given_levels_ < levels_.size()) {
            given_ = Given::level;
            const auto& level = levels_[given_levels_++];
            static_cast<Metadata&>(entry) = level.metadata;
            entry.path.assign(path_, 0, level.path_bytes);
            entry.key.assign(key_, 0, level.key_bytes);
            entry.link_target.clear();
            return true;
        }
        giving_ = false;
        if (holding_) {
            holding_ = false;
            static_cast<Metadata&>(entry) = held_.metadata;
            entry.path = path_;
            entry.key = key_;
            entry.link_target = held_target_;
            given_ = Given::held;
            return true;
        }
        if (levels_.empty()) {
            return false;
        }
        auto& level = levels_.back();
        if (level.next_name == level.names.size()) {
            leave();
        } else {
            examine(level.names[level.next_name++]);
        }
    }
}

// Makes path_ and key_ those of an entry of the deepest level.
void Walker::Impl::name_child(const char* name)
{
    const auto& level = levels_.back();
    path_.resize(level.path_bytes);
    if (!path_.ends_with('/')) {
        path_ += '/';
    }
    path_ += name;
    key_.resize(level.key_bytes);
    if (!key_.empty()) {
        key_ += '\0';
    }
    key_ += name;
}

void Walker::Impl::report(int error, const char* doing)
{
    if (is_gone(error)) {
        listener_.on_vanished(path_);
    } else {
        listener_.on_unreadable(path_, system_error(error, doing, path_));
    }
}

void Walker::Impl::examine(const char* name)
{
    name_child(name);
    if (path_.size() > path_bytes_max) {
        listener_.on_unreadable(path_, Error{Error::Kind::invalid, "the path is too long", path_});
        return;
    }
    const auto found = look_at(directories_.top(), name);
    if (!found) {
        return;
    }
    auto verdict = Verdict::include;
    try {
        verdict = decide(*found);
    } catch (const Error& error) {
        listener_.on_unreadable(path_, error);
        return;
    }
    if (verdict == Verdict::exclude) {
        return;
    }
    if (found->metadata.type == Type::directory) {
        enter(*found, verdict);
    } else if (verdict == Verdict::include) {
        take(*found);
    }
}

std::optional<Walker::Impl::Found> Walker::Impl::look_at(int parent, const char* name)
{
    struct stat facts {};
    if (!stat_at(parent, name, false, facts)) {
        report(errno, "reading the metadata");
        return std::nullopt;
    }
    bool through_link = false;
    struct stat target {};
    if (copy_links_ && S_ISLNK(facts.st_mode) && stat_at(parent, name, true, target)) {
        // A link to a directory that we are inside of would go round in circles.
        through_link =
            !S_ISDIR(target.st_mode) || !directories_.contains({target.st_dev, target.st_ino});
        if (through_link) {
            facts = target;
        }
    }
    const auto type = type_of(facts.st_mode);
    if (!type) {
        if (S_ISSOCK(facts.st_mode)) {
            listener_.on_socket(path_);
        } else {
            listener_.on_unreadable(
                path_, Error{Error::Kind::invalid, "of a type that cannot be stored", path_});
        }
        return std::nullopt;
    }
    return Found{parent, name, metadata_of(facts, *type), through_link};
}

Verdict Walker::Impl::decide(const Found& found) const
{
    const EntryProbe probe{found.parent, found.name};
    return rules_.decide(path_, {.type = found.metadata.type,
                                 .mtime = found.metadata.mtime,
                                 .size = found.metadata.size,
                                 .other_filesystem = found.metadata.device != root_device_,
                                 .markers = &probe});
}

// Has something that is not a directory given, after the levels above that were not.
void Walker::Impl::take(const Found& found)
{
    held_target_.clear();
    if (found.metadata.type == Type::symlink) {
        auto target = read_link(found.parent, found.name);
        if (!target) {
            // EINVAL: it is no link any more.
            report(errno == EINVAL ? ENOENT : errno, "reading the link");
            return;
        }
        held_target_ = std::move(*target);
    }
    held_ = found;
    holding_ = true;
    giving_ = true;
}

// What is given is what was opened: its metadata are read again from the descriptor.
void Walker::Impl::enter(Found found, Verdict verdict)
{
    auto fd =
        open_directory(found.parent, found.name, found.through_link, is_quiet(found.metadata));
    struct stat facts {};
    if (!fd || fstat(fd.get(), &facts) != 0) {
        report(errno, "opening the directory");
        return;
    }
    const auto device_before = found.metadata.device;
    found.metadata = metadata_of(facts, Type::directory);
    try {
        // Opening may have mounted something here (autofs), of which a rule may think otherwise.
        if (found.metadata.device != device_before) {
            verdict = decide(found);
            if (verdict == Verdict::exclude) {
                return;
            }
        }
        NameList names{fd.get(), path_};
        directories_.push(std::move(fd), {found.metadata.device, found.metadata.inode}, found.name,
                          found.through_link);
        levels_.push_back({found.metadata, std::move(names), 0, path_.size(), key_.size()});
    } catch (const Error& error) {
        listener_.on_unreadable(path_, error);
        return;
    }
    giving_ = verdict == Verdict::include;
}

void Walker::Impl::leave()
{
    levels_.pop_back();
    given_levels_ = std::min(given_levels_, levels_.size());
    directories_.pop();
    if (levels_.empty() || directories_.top() >= 0) {
        return;
    }
    // Somebody moved a directory away while we were far below it.
    auto& level = levels_.back();
    if (level.next_name < level.names.size()) {
        path_.resize(level.path_bytes);
        listener_.on_unreadable(
            path_, Error{Error::Kind::not_found, "the directory was moved during the walk", path_});
        level.next_name = level.names.size();
    }
}

io::Fd Walker::Impl::open_current() const
{
    if (given_ != Given::held || held_.metadata.type != Type::regular) {
        throw Error{Error::Kind::invalid, "not a regular file", path_};
    }
    auto fd = open_regular(held_.parent, held_.name, held_.through_link, is_quiet(held_.metadata));
    struct stat facts {};
    const bool is_open = fd && fstat(fd.get(), &facts) == 0;
    // ELOOP: a link took its place; ENXIO: a socket did.
    if (is_open ? !S_ISREG(facts.st_mode) : errno == ELOOP || errno == ENXIO) {
        throw Error{Error::Kind::invalid, "not a regular file any more", path_};
    }
    if (!is_open) {
        throw system_error(errno, "opening", path_);
    }
    return fd;
}

io::Fd Walker::Impl::handle_of_current() const
{
    if (given_ == Given::level) {
        return directories_.handle(given_levels_ - 1);
    }
    if (given_ != Given::held) {
        return {};
    }
    io::Fd handle{openat(held_.parent, held_.name,
                         O_PATH | O_CLOEXEC | (held_.through_link ? 0 : O_NOFOLLOW))};
    struct stat facts {};
    const bool is_same = handle && fstat(handle.get(), &facts) == 0 &&
                         facts.st_dev == held_.metadata.device &&
                         facts.st_ino == held_.metadata.inode;
    return is_same ? std::move(handle) : io::Fd{};
}

Walker::Walker(const Rules& rules, WalkOptions options, WalkListener& listener)
    : impl_{std::make_unique<Impl>(rules, options, listener)}
{
}

Walker::~Walker() = default;

bool Walker::next(Entry& entry)
{
    return impl_->next(entry);
}

io::Fd Walker::open_current() const
{
    return impl_->open_current();
}

io::Fd Walker::handle_of_current() const
{
    return impl_->handle_of_current();
}

}  // namespace duplid::select
