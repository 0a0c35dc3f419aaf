#include "engine/select/name_list.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <string_view>

namespace duplid::select {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} * 1024;

}  // namespace

NameList::NameList(int directory, const std::string& path)
{
    const auto buffer = std::make_unique_for_overwrite<std::byte[]>(buffer_bytes);
    for (;;) {
        const auto got = getdents64(directory, buffer.get(), buffer_bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw system_error(errno, "listing", path);
        }
        if (got == 0) {
            break;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            // The kernel lays records out one after the other, aligned for this type.
            const auto* record = reinterpret_cast<const dirent64*>(buffer.get() + at);
            const auto* name = static_cast<const char*>(record->d_name);
            at += record->d_reclen;
            if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) {
                continue;
            }
            starts_.push_back(names_.size());
            names_.append(name, std::strlen(name) + 1);
        }
    }
    // A name is shorter than 256 bytes, and strcmp compares as unsigned bytes.
    std::sort(starts_.begin(), starts_.end(), [this](std::size_t a, std::size_t b) {
        return std::strcmp(&names_[a], &names_[b]) < 0;
    });
    names_.shrink_to_fit();
    starts_.shrink_to_fit();
}

}  // namespace duplid::select
