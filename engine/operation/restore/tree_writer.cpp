#include "engine/operation/restore/tree_writer.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/object/old_content.hpp"
#include "engine/operation/object/records.hpp"
#include "engine/operation/object/sparse_sink.hpp"
#include "engine/operation/restore/destination.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

/// Until its own mode is set.
constexpr mode_t private_file_mode = 0600;
constexpr int temporary_tries_max = 1000;

/// A file that could not even be begun, as a name that is too long for this file system.
class NotMade : public Error {
public:
    explicit NotMade(Error error) : Error{std::move(error)} {}
};

int make_special(int at, const char* name, const tar::Header& header)
{
    switch (header.type) {
    case tar::Type::symlink:
        return ::symlinkat(header.link.c_str(), at, name);
    case tar::Type::fifo:
        return ::mkfifoat(at, name, private_file_mode);
    case tar::Type::character:
        return ::mknodat(at, name, private_file_mode | S_IFCHR,
                         ::makedev(header.dev_major, header.dev_minor));
    case tar::Type::block:
        return ::mknodat(at, name, private_file_mode | S_IFBLK,
                         ::makedev(header.dev_major, header.dev_minor));
    default:
        errno = EINVAL;
        return -1;
    }
}

}  // namespace

TreeWriter::TreeWriter(TreeWriterOptions options, Monitor& monitor)
    : options_{std::move(options)}, monitor_{monitor},
      metadata_{MetadataOptions{options_.restore_ownership, options_.numeric_owner}, monitor,
                [this](const Error& error) { warn(error); }},
      temporary_prefix_{fmt::format(".duplid-tmp-{:x}-", ::getpid())}
{
    // Without trailing slashes the last component is the name that a single file gets.
    while (options_.destination.size() > 1 && options_.destination.back() == '/') {
        options_.destination.pop_back();
    }
    check_destination(options_.destination, options_.force);
}

TreeWriter::~TreeWriter() = default;

std::string TreeWriter::shown(std::string_view key) const
{
    return key.empty() ? io::printable(options_.destination)
                       : io::printable(options_.destination + "/" + naming::path_of_key(key));
}

void TreeWriter::warn(const Error& error)
{
    ++warnings_;
    monitor_.warn(error.with_detail("not_written", {{"path", naming::path_of_key(current_key_)}}));
}

void TreeWriter::warn_or_end(const Error& error)
{
    if (error.kind() == Error::Kind::no_space || error.kind() == Error::Kind::unreachable) {
        throw Error{error};
    }
    warn(error);
}

/// The directory that holds `key`, from the destination down, without following links.
io::Fd TreeWriter::open_parent_of(const std::string& key) const
{
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if (open_.empty()) {
        return {};
    }
    const auto parent = naming::parent_of(key);
    io::Fd fd{::openat(open_.front().fd.get(), ".", flags)};
    for (std::size_t depth = 1; fd && depth <= naming::depth_of(parent); ++depth) {
        const std::string name{naming::last_component(naming::first_components(parent, depth))};
        fd = io::Fd{::openat(fd.get(), name.c_str(), flags)};
    }
    return fd;
}

/// Makes `place` another name of what was restored of its group before. False when nothing was
/// that agrees with it, or the link cannot be made: it then becomes an object of its own.
bool TreeWriter::put_as_link(const Place& place, const LinkGroup& group,
                             const std::string& identity)
{
    const auto* made = links_.find(group);
    if (made == nullptr || made->identity != identity) {
        return false;
    }
    const auto parent = open_parent_of(made->key);
    if (!parent) {
        return false;
    }
    const std::string earlier{naming::last_component(made->key)};
    bool is_made = false;
    const auto temporary = make_temporary([&](const char* name) {
        is_made = ::linkat(parent.get(), earlier.c_str(), place.directory, name, 0) == 0;
        return is_made;
    });
    if (!is_made) {
        return false;
    }
    // Somebody else may have put another object there meanwhile.
    struct stat facts {};
    const bool is_it =
        ::fstatat(place.directory, temporary.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
        facts.st_dev == made->device && facts.st_ino == made->inode;
    const bool is_placed = is_it && ::renameat(place.directory, temporary.c_str(), place.directory,
                                               place.name.c_str()) == 0;
    // Also after a rename: between two names of one object that does nothing.
    ::unlinkat(place.directory, temporary.c_str(), 0);
    return is_placed;
}

void TreeWriter::remember_link(const Place& place, const std::string& key, const LinkGroup& group,
                               std::string identity)
{
    struct stat facts {};
    if (::fstatat(place.directory, place.name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    if (!links_.remember(group, {key, facts.st_dev, facts.st_ino, std::move(identity)}) &&
        !std::exchange(told_of_links_, true)) {
        warn(Error{Error::Kind::invalid,
                   fmt::format("there are more than {} files with several names; from {} on each "
                               "name becomes a file of its own",
                               LinkTable::groups_max, shown(key)),
                   shown(key), "restore parts of the tree one by one to keep them joined"});
    }
}

bool TreeWriter::put_in_place(const Place& place, const std::string& temporary,
                              const std::string& what)
{
    const auto rename = [&] {
        return ::renameat(place.directory, temporary.c_str(), place.directory,
                          place.name.c_str()) == 0;
    };
    if (rename() || (errno == EISDIR && clear_way_for_file(place) && rename())) {
        return true;
    }
    const int error = errno;
    ::unlinkat(place.directory, temporary.c_str(), 0);
    warn_or_end(system_error(error, "putting in its place", what));
    return false;
}

std::string TreeWriter::make_temporary(const std::function<bool(const char*)>& make)
{
    // A name may be taken, by a file of the archive or one that an earlier run left behind.
    for (int tries = 0;; ++tries) {
        std::array<char, 16> number{};
        const auto end =
            std::to_chars(number.data(), number.data() + number.size(), temporary_++, 16).ptr;
        auto name = temporary_prefix_;
        name.append(number.data(), end);
        if (make(name.c_str()) || errno != EEXIST || tries == temporary_tries_max) {
            return name;
        }
    }
}

/// What is at a place. Nothing is in a directory that was made here, unless renamed objects meet;
/// whatever somebody else puts there meanwhile has to give way.
std::optional<struct stat> TreeWriter::look(const Place& place) const
{
    if (options_.overwrite == Overwrite::always && !options_.any_order && !open_.empty() &&
        open_.back().is_new && place.directory == open_.back().fd.get()) {
        return std::nullopt;
    }
    struct stat facts {};
    if (::fstatat(place.directory, place.name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        return std::nullopt;
    }
    return facts;
}

/// Not of a file with several names: its metadata belong to names elsewhere as well.
io::Fd TreeWriter::open_old(const Place& place, const struct stat& there) const
{
    if (options_.overwrite != Overwrite::changed || !S_ISREG(there.st_mode) ||
        there.st_nlink != 1) {
        return {};
    }
    io::Fd fd{::openat(place.directory, place.name.c_str(),
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat opened {};
    if (!fd || ::fstat(fd.get(), &opened) != 0 || opened.st_dev != there.st_dev ||
        opened.st_ino != there.st_ino) {
        return {};
    }
    return fd;
}

/// Whether nobody else comes to what is in the directory: it was made here for its owner alone, and
/// stays so until it is left. (The destination is made as the caller's umask says.)
bool TreeWriter::is_private(const Place& place) const
{
    return open_.size() > 1 && open_.back().is_new && place.directory == open_.back().fd.get();
}

io::Fd TreeWriter::open_new(const Place& place, const tar::Header& header, const std::string& what,
                            std::string& temporary)
{
    const auto mode = is_private(place) ? MetadataWriter::first_mode(header) : private_file_mode;
    io::Fd fd;
    temporary = make_temporary([&](const char* name) {
        fd = io::Fd{::openat(place.directory, name,
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
        return static_cast<bool>(fd);
    });
    if (!fd) {
        throw NotMade{system_error(errno, "making a file for", what)};
    }
    return fd;
}

Effect TreeWriter::add_file(const std::string& key, const tar::Header& header,
                            const WriteContent& write, const CheckContent& check)
{
    const auto place = place_of(key);
    if (!place) {
        return Effect::failed;
    }
    const auto there = look(*place);
    if (there && !gives_way(options_.overwrite, *there, header)) {
        return Effect::left;
    }
    const auto what = shown(key);
    const auto group = link_group_of(header);
    io::Fd fd;
    std::string temporary;
    std::optional<SparseSink> sink;
    const auto begin = [&]() -> io::Sink& {
        fd = open_new(*place, header, what, temporary);
        return sink.emplace(fd.get(), record::find(header, record::sparse) != nullptr, block_,
                            what);
    };
    try {
        std::optional<OldContent> old;
        if (auto old_fd = there ? open_old(*place, *there) : io::Fd{}) {
            old.emplace(std::move(old_fd), what, begin);
        }
        io::Sink& out = old ? *old : begin();
        std::string sha256;
        if (check || group) {
            io::DigestSink digest{io::Digest::Algorithm::sha256, out};
            write(digest);
            sha256 = digest.hex();
        } else {
            write(out);
        }
        if (check) {
            check(sha256);
        }
        auto identity = group ? link_identity(header, sha256) : std::string{};
        if (old) {
            old->finish();
            if (old->is_same()) {
                metadata_.put(old->fd(), header, what);
                if (group) {
                    remember_link(*place, key, *group, std::move(identity));
                }
                return Effect::unchanged;
            }
        }
        sink->finish();
        bytes_ += sink->bytes();
        const auto effect = there ? Effect::replaced : Effect::made;
        if (group && put_as_link(*place, *group, identity)) {
            ::unlinkat(place->directory, temporary.c_str(), 0);
            return effect;
        }
        metadata_.put_new(fd.get(), header, what);
        if (!put_in_place(*place, temporary, what)) {
            return Effect::failed;
        }
        if (group) {
            remember_link(*place, key, *group, std::move(identity));
        }
        return effect;
    } catch (const NotMade& error) {
        warn_or_end(error);
        return Effect::failed;
    } catch (...) {
        if (fd) {
            ::unlinkat(place->directory, temporary.c_str(), 0);
        }
        throw;
    }
}

bool TreeWriter::is_same_link(const Place& place, const struct stat& there,
                              const tar::Header& header) const
{
    if (options_.overwrite != Overwrite::changed || header.type != tar::Type::symlink ||
        !S_ISLNK(there.st_mode) || there.st_nlink != 1) {
        return false;
    }
    std::string target(header.link.size() + 1, '\0');
    const auto got =
        ::readlinkat(place.directory, place.name.c_str(), target.data(), target.size());
    return got == static_cast<ssize_t>(header.link.size()) &&
           target.compare(0, header.link.size(), header.link) == 0;
}

Effect TreeWriter::add_special(const std::string& key, const tar::Header& header)
{
    const auto place = place_of(key);
    if (!place) {
        return Effect::failed;
    }
    const auto there = look(*place);
    if (there && !gives_way(options_.overwrite, *there, header)) {
        return Effect::left;
    }
    const auto what = shown(key);
    const auto effect = there ? Effect::replaced : Effect::made;
    const auto group = link_group_of(header);
    auto identity = group ? link_identity(header, {}) : std::string{};
    if (group && put_as_link(*place, *group, identity)) {
        return effect;
    }
    if (there && is_same_link(*place, *there, header)) {
        metadata_.put_special(place->directory, place->name.c_str(), header, what);
        return Effect::unchanged;
    }
    bool made = false;
    const auto temporary = make_temporary([&](const char* name) {
        made = make_special(place->directory, name, header) == 0;
        return made;
    });
    if (!made) {
        warn_or_end(system_error(errno, "making", what));
        return Effect::failed;
    }
    metadata_.put_special(place->directory, temporary.c_str(), header, what);
    if (!put_in_place(*place, temporary, what)) {
        return Effect::failed;
    }
    if (group) {
        remember_link(*place, key, *group, std::move(identity));
    }
    return effect;
}

void TreeWriter::finish()
{
    // One sync for all of it instead of one for each file.
    const int fd = !open_.empty() ? open_.front().fd.get() : parent_.get();
    io::Fd root;
    if (fd >= 0) {
        root = io::Fd{::dup(fd)};
    }
    while (open_.size() > (options_.any_order ? 1 : 0)) {
        close_top();
    }
    if (options_.any_order && !open_.empty()) {
        set_late_metadata();
    }
    if (root && ::syncfs(root.get()) != 0) {
        throw system_error(errno, "making the restored files durable in", options_.destination);
    }
}

}  // namespace duplid::operation
