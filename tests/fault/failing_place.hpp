// An archive with four sets, what they must restore to, and every operation on it: what the tests
// of failing calls share.
#pragma once

#include "engine/operation/backup/backup.hpp"
#include "engine/operation/index/sync.hpp"
#include "engine/operation/removal/cleanup.hpp"
#include "engine/operation/removal/remove.hpp"
#include "engine/operation/repair/repair.hpp"
#include "engine/operation/replica/replicate.hpp"
#include "engine/operation/restore/restore.hpp"
#include "storage/remote/file/file_remote.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace duplid::failing {

namespace fs = std::filesystem;

inline constexpr std::int64_t first_set = 1'700'000'000;
inline constexpr std::int64_t day = 86400;

class Quiet final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error&) noexcept override { ++warnings; }
    void note(std::string_view) noexcept override {}
    std::uint64_t warnings = 0;
};

/// Type, mode, time and content of everything below a directory, by path.
using Tree = std::map<std::string, std::string>;

[[nodiscard]] Tree tree_of(const fs::path& root);

/// Names of what differs, for messages; empty when nothing does.
[[nodiscard]] std::string difference(const Tree& expected, const Tree& got);

/// With its times, since they decide what counts as changed.
void copy_tree(const fs::path& from, const fs::path& to);

/// What a restore came to.
struct Restored {
    bool is_good = false;  ///< nothing was damaged, and nothing warned of
    Tree tree;
};

/// A source, two targets and their caches below one directory.
struct Place {
    fs::path root;
    codec::WorkerPool& pool;
    fs::path source_place{};  ///< where it is instead; empty: below the root

    [[nodiscard]] fs::path source() const
    {
        return source_place.empty() ? root / "source" : source_place;
    }
    [[nodiscard]] fs::path target() const { return root / "target"; }
    [[nodiscard]] fs::path replica() const { return root / "replica"; }

    /// Calls `work` with the archive at `target` and a monitor.
    template <class Work>
    auto with_archive(const fs::path& target, Work work) const
    {
        file::FileRemote remote{target};
        auto cache = cache::ArchiveDirectory::create(root / "archive", target.filename());
        operation::Archive archive{remote, cache, pool, {}};
        archive.settings.temp_directory = root / "tmp";
        Quiet monitor;
        return work(archive, monitor);
    }

    operation::BackupReport back_up(std::int64_t time, operation::BackupType type) const;

    /// The state as of `time` out of `target`, in an empty directory. Throws: Error.
    [[nodiscard]] Restored restored(const fs::path& target, std::int64_t time) const;
    /// Restores the newest state into root/destination, over what is there.
    [[nodiscard]] Restored restore_into_destination() const;

    operation::RemoveReport remove(const chain::RemovalRule& rule) const;
    operation::CleanupReport clean_up() const;
    operation::ReplicateReport replicate() const;
    operation::SyncReport sync() const;
    operation::RepairReport repair() const;

    /// End times of the sets that the target offers to restore.
    [[nodiscard]] std::vector<std::int64_t> sets_of(const fs::path& target) const;
    /// Files in it that have `part` in their names. Not what a failing disk would not let be
    /// removed: that goes a day later.
    [[nodiscard]] std::vector<fs::path> files_of(const fs::path& target,
                                                 const std::string& part) const;
};

/// Bytes that do not shrink, others for each salt.
[[nodiscard]] std::string noise(std::size_t bytes, unsigned salt);

void write(const fs::path& path, const std::string& content);

/// Gives the source its state of step 0, 1, 2, ...; each differs from the one before by new,
/// changed and deleted objects and by one that changes its type.
void make_step(const fs::path& source, unsigned step);

/// A full set and an increment, twice, a day apart, with the tree of each.
struct History {
    static constexpr unsigned steps = 4;

    /// Makes it at `place`, whose directory must have the name that it later has: the archive
    /// remembers where its source was.
    explicit History(const Place& place);

    [[nodiscard]] static std::int64_t time_of(unsigned step) { return first_set + step * day; }
    std::map<std::int64_t, Tree> trees;  ///< by time of set
};

}  // namespace duplid::failing
