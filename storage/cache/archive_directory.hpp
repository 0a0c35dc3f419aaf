// The folder `<archive-dir>/<name>` in which one archive's cache lives, shared with duplicity.
//
// Format facts: archive-format.md 2 (place, modes, lock file).
#pragma once

#include "storage/cache/file_lock.hpp"
#include "storage/io/fd.hpp"

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::cache {

/// An existing cache folder. Holds a descriptor of it, so that its inode cannot be given to another
/// folder meanwhile. Threads: const functions may be called from several at once.
class ArchiveDirectory {
public:
    /// Makes `<archive_dir>/<name>` with parents where missing, mode 0777 less the umask.
    /// Throws: Error; invalid when `name` is not one path component.
    [[nodiscard]] static ArchiveDirectory create(const std::string& archive_dir,
                                                 const std::string& name);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// The path of a file in it. Throws: Error invalid when `file_name` is not one path component.
    [[nodiscard]] std::string path_of(std::string_view file_name) const;

    /// The regular files in it, ours and duplicity's, sorted by bytes. Throws: Error.
    [[nodiscard]] std::vector<std::string> names() const;

    /// Front ends delete caches under running programs, and an open database would go on being
    /// written where nobody will ever find it: asked before each record.
    /// Throws: Error not_found when the folder at path() is gone or another one.
    void check_still_there() const;

    /// Takes the lock that duplicity takes in this folder. Throws: Error busy when somebody has it.
    [[nodiscard]] FileLock lock() const;
    /// As lock(), waiting. Throws: Error cancelled once `stop` is requested.
    [[nodiscard]] FileLock lock_when_free(const std::stop_token& stop) const;

private:
    ArchiveDirectory(std::string path, io::Fd fd) noexcept
        : path_{std::move(path)}, fd_{std::move(fd)}
    {
    }

    std::string path_;
    io::Fd fd_;
};

/// Where the lock of a target is: `<state_directory>/locks/<hash of canonical_target>`, for cache
/// folders of different names may belong to one target (architecture.md 5). `canonical_target` is
/// remote::canonical() of its URL. The folder is made where missing. Throws: Error.
[[nodiscard]] std::string target_lock_path(const std::string& state_directory,
                                           std::string_view canonical_target);

/// Takes the lock of a target. Throws: Error busy when somebody has it. Whoever takes both locks
/// takes the folder's first; with that order two waiting runs cannot block each other.
[[nodiscard]] FileLock lock_target(const std::string& state_directory,
                                   std::string_view canonical_target);
/// As lock_target(), waiting. Throws: Error cancelled once `stop` is requested.
[[nodiscard]] FileLock lock_target_when_free(const std::string& state_directory,
                                             std::string_view canonical_target,
                                             const std::stop_token& stop);

}  // namespace duplid::cache
