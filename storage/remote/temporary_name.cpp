#include "storage/remote/temporary_name.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fmt/format.h>
#include <sys/random.h>

namespace duplid::remote {

namespace {

/// Less than the 255 that file systems take: servers add letters of their own to what they write
/// (lighttpd, seen).
constexpr std::size_t name_bytes_max = 200;

}  // namespace

std::string temporary_name_for(const std::string& name)
{
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != sizeof number) {
        throw system_error(errno, "asking for random bytes", {});
    }
    auto temporary = fmt::format(".duplid-tmp-{:016x}-{}", number, name);
    auto bytes = std::min(temporary.size(), name_bytes_max);
    // Not in the middle of a letter: some servers refuse names that are no UTF-8.
    while (bytes < temporary.size() &&
           (static_cast<unsigned char>(temporary[bytes]) & 0xc0U) == 0x80U) {
        --bytes;
    }
    temporary.resize(bytes);
    return temporary;
}

}  // namespace duplid::remote
