#include "engine/operation/object/metadata_writer.hpp"

#include "storage/io/fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr mode_t all_bits = 07777;
constexpr mode_t permission_bits = 0777;
constexpr mode_t private_mode = 0600;

timespec time_of(const tar::Header& header)
{
    return {static_cast<time_t>(header.mtime), static_cast<long>(mtime_ns_of(header))};
}

/// These ask for the right to write the object, which its own mode may deny.
bool before_mode(AttributeKind kind)
{
    return kind == AttributeKind::user || kind == AttributeKind::trusted;
}

/// These are undone by a change of owner or mode.
bool after_mode(AttributeKind kind)
{
    return !before_mode(kind);
}

std::string_view name_of(AttributeKind kind)
{
    switch (kind) {
    case AttributeKind::user:
        return "the extended attributes (user.*)";
    case AttributeKind::trusted:
        return "the extended attributes (trusted.*)";
    case AttributeKind::acl:
        return "the POSIX access list";
    case AttributeKind::capability:
        return "the capabilities";
    }
    return {};
}

}  // namespace

MetadataWriter::MetadataWriter(MetadataOptions options, Monitor& monitor,
                               std::function<void(const Error&)> warn)
    : options_{options}, monitor_{monitor}, warn_{std::move(warn)}, is_root_{::geteuid() == 0}
{
}

void MetadataWriter::put_owner(int fd, const tar::Header& header, const std::string& what)
{
    if (!options_.restore_ownership) {
        return;
    }
    const auto uid = owners_.local_uid(header, options_.numeric_owner);
    const auto gid = owners_.local_gid(header, options_.numeric_owner);
    if (::fchownat(fd, "", static_cast<uid_t>(uid), static_cast<gid_t>(gid), AT_EMPTY_PATH) != 0 &&
        is_root_) {
        warn_(system_error(errno, "setting the owner of", what));
    }
}

/// A set-id bit lends its owner's rights: of another owner than the recorded one it would lend
/// somebody else's (R35).
mode_t MetadataWriter::allowed_mode(int fd, const tar::Header& header, const std::string& what)
{
    auto mode = static_cast<mode_t>(header.mode & all_bits);
    if ((mode & (S_ISUID | S_ISGID)) == 0 || header.type == tar::Type::directory) {
        return mode;
    }
    struct stat facts {};
    const bool is_known = ::fstat(fd, &facts) == 0;
    const auto before = mode;
    if (!is_known || facts.st_uid != owners_.local_uid(header, options_.numeric_owner)) {
        mode &= ~static_cast<mode_t>(S_ISUID);
    }
    if (!is_known || facts.st_gid != owners_.local_gid(header, options_.numeric_owner)) {
        mode &= ~static_cast<mode_t>(S_ISGID);
    }
    // No warning: whoever restores without the right to give files away expects no owners either.
    if (mode != before && !std::exchange(told_of_set_id_, true)) {
        monitor_.note(fmt::format("set-user-id and set-group-id bits are left off where the "
                                  "recorded owner was not restored; the first file is {}",
                                  what));
    }
    return mode;
}

void MetadataWriter::put_attributes(int fd, const Attributes& attributes,
                                    bool (*wanted)(AttributeKind), const std::string& what)
{
    for (const auto& attribute : attributes) {
        const auto kind = kind_of_attribute(attribute.name);
        if (!kind || !wanted(*kind)) {
            continue;
        }
        if (const int error = set_attribute(fd, attribute); error != 0) {
            warn_once(fd, *kind, error, what);
        }
    }
}

void MetadataWriter::warn_once(int fd, AttributeKind kind, int error, const std::string& what)
{
    struct stat facts {};
    const auto device = ::fstat(fd, &facts) == 0 ? facts.st_dev : 0;
    if (!told_.emplace(device, kind, error).second) {
        return;
    }
    const auto why = system_error(error, fmt::format("setting {} of", name_of(kind)), what);
    warn_(Error{
        why.kind(),
        fmt::format("{}; no other file here is told of that has the same trouble", why.what()),
        what, "restore to a file system that has them, and with the right to set them"});
}

MetadataWriter::Wrong MetadataWriter::look(int fd, const tar::Header& header)
{
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) {
        return {};
    }
    // A change of mode would do no more than this to an access list that the folder gave the file:
    // its mask, and what it says of owner and others, are these bits.
    return {facts.st_uid != owners_.local_uid(header, options_.numeric_owner) ||
                facts.st_gid != owners_.local_gid(header, options_.numeric_owner),
            (facts.st_mode & all_bits) != (header.mode & all_bits)};
}

void MetadataWriter::put(int fd, const tar::Header& header, const std::string& what)
{
    put_all(fd, header, what, {});
}

/// Not for an older file: even a change to the same owner takes its capabilities away.
void MetadataWriter::put_new(int fd, const tar::Header& header, const std::string& what)
{
    put_all(fd, header, what, look(fd, header));
}

mode_t MetadataWriter::first_mode(const tar::Header& header) noexcept
{
    // Set-id bits lend rights only once owner and content are there. Of a file that its owner may
    // not write, the attributes could not be set.
    const auto mode = static_cast<mode_t>(header.mode & all_bits);
    const bool is_harmless = (mode & ~permission_bits) == 0 && (mode & S_IWUSR) != 0;
    return is_harmless ? mode : private_mode;
}

void MetadataWriter::put_all(int fd, const tar::Header& header, const std::string& what,
                             Wrong wrong)
{
    const auto attributes = attributes_of(header);
    put_attributes(fd, attributes, before_mode, what);
    if (wrong.owner) {
        put_owner(fd, header, what);
    }
    if (wrong.mode && ::fchmod(fd, allowed_mode(fd, header, what)) != 0) {
        warn_(system_error(errno, "setting the mode of", what));
    }
    put_attributes(fd, attributes, after_mode, what);
    const timespec times[2] = {{0, UTIME_NOW}, time_of(header)};
    if (::futimens(fd, times) != 0) {
        warn_(system_error(errno, "setting the time of", what));
    }
}

void MetadataWriter::put_special(int directory, const char* name, const tar::Header& header,
                                 const std::string& what)
{
    const io::Fd handle{::openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    if (!handle) {
        warn_(system_error(errno, "setting the metadata of", what));
        return;
    }
    const auto attributes = attributes_of(header);
    put_attributes(handle.get(), attributes, before_mode, what);
    put_owner(handle.get(), header, what);
    // The mode of a link cannot be changed and means nothing.
    if (header.type != tar::Type::symlink) {
        const auto mode = allowed_mode(handle.get(), header, what);
        // fchmod() refuses such a handle, and by name a link could be followed that somebody put
        // there meanwhile.
        if (::chmod(fmt::format("/proc/self/fd/{}", handle.get()).c_str(), mode) != 0) {
            warn_(system_error(errno, "setting the mode of", what));
        }
    }
    put_attributes(handle.get(), attributes, after_mode, what);
    const timespec times[2] = {{0, UTIME_NOW}, time_of(header)};
    if (::utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) != 0) {
        warn_(system_error(errno, "setting the time of", what));
    }
}

}  // namespace duplid::operation
