#include "engine/select/entry_probe.hpp"

#include "storage/io/fd.hpp"

#include <array>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>

namespace duplid::select {

namespace {

constexpr std::string_view cache_tag_name = "CACHEDIR.TAG";
/// What the tag begins with; without it the file is anybody's (https://bford.info/cachedir/).
constexpr std::string_view cache_tag_signature = "Signature: 8a477f597d28d172789f06886806bc55";

}  // namespace

bool EntryProbe::contains(const std::string& marker) const
{
    struct stat facts {};
    const auto path = std::string{name_} + '/' + marker;
    return ::fstatat(parent_, path.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0;
}

bool EntryProbe::has_cache_tag() const
{
    const auto path = std::string{name_} + '/' + std::string{cache_tag_name};
    // The specification wants a regular file, no link. What is a fifo must not hold up the walk.
    const io::Fd fd{
        ::openat(parent_, path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return false;
    }
    std::array<std::byte, cache_tag_signature.size()> begin{};
    const auto got = io::read_full(fd.get(), begin, path);
    return io::text_of(io::ByteView{begin}.first(got)) == cache_tag_signature;
}

bool EntryProbe::is_nodump() const
{
    // Unlike FS_IOC_GETFLAGS this needs no descriptor, hence no right to read, and works for all
    // types. File systems that do not tell have no such flag, or keep it to themselves.
    struct statx facts {};
    return ::statx(parent_, name_, AT_SYMLINK_NOFOLLOW, 0, &facts) == 0 &&
           (facts.stx_attributes & STATX_ATTR_NODUMP) != 0;
}

}  // namespace duplid::select
