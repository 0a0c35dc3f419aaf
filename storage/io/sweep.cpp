#include "storage/io/sweep.hpp"

#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::io {

namespace {

constexpr std::string_view temporary_prefix = ".duplid-tmp-";
constexpr std::size_t temporary_id_digits = 16;

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace

bool is_temporary_name(std::string_view name) noexcept
{
    if (!name.starts_with(temporary_prefix)) {
        return false;
    }
    name.remove_prefix(temporary_prefix.size());
    return name.find_first_not_of("0123456789abcdef") == temporary_id_digits &&
           name[temporary_id_digits] == '-';
}

void sweep_temporaries(const std::string& directory, std::chrono::seconds age) noexcept
{
    const std::unique_ptr<DIR, CloseDirectory> entries{::opendir(directory.c_str())};
    if (!entries) {
        return;
    }
    const auto now = std::time(nullptr);
    while (const auto* entry = ::readdir(entries.get())) {
        struct stat facts {};
        const int at = ::dirfd(entries.get());
        if (is_temporary_name(entry->d_name) &&
            ::fstatat(at, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(facts.st_mode) && now - facts.st_mtime > age.count()) {
            ::unlinkat(at, entry->d_name, 0);
        }
    }
}

}  // namespace duplid::io
