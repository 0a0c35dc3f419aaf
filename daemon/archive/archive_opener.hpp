// From a request's description of an archive to the open thing that operations work with.
#pragma once

#include "daemon/archive/kept_locks.hpp"
#include "daemon/process/thread_priority.hpp"
#include "engine/codec/worker_pool.hpp"
#include "engine/operation/archive/archive.hpp"
#include "proto/archive_params.hpp"
#include "storage/cache/archive_directory.hpp"
#include "storage/cache/file_lock.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/observed.hpp"
#include "storage/remote/rate_limit.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/retry.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::daemon {

/// What a request may leave to the instance.
struct ArchiveDefaults {
    std::string cache_directory;  ///< root of all archive dirs
    std::string state_directory;  ///< holds the locks of targets
    /// Where locks go that a request wants kept; null: nobody may want that here.
    KeptLocks* kept_locks = nullptr;
};

/// Where one archive is, in names.
struct ArchivePlace {
    std::string cache_root;
    std::string cache_name;
    std::string canonical_target;
    std::string shown_target;  ///< without password

    /// Runs that share one of these wait for each other.
    [[nodiscard]] std::vector<std::string> keys() const;
};

/// Looks at the params only. Throws: Error invalid.
[[nodiscard]] ArchivePlace place_of(const proto::ArchiveParams& params,
                                    const ArchiveDefaults& defaults);
[[nodiscard]] operation::ArchiveSettings settings_from(const proto::ArchiveParams& params);

/// Throws: Error invalid, naming `what`, unless `path` is empty or absolute.
void check_absolute(const std::string& path, const std::string& what);

enum class Locking {
    none,       ///< for questions that read names only
    exclusive,  ///< for everything that may write the cache or the target
};

struct OpenOptions {
    Locking locking = Locking::exclusive;
    std::stop_token stop;
    /// Told, once, when somebody else has a lock and it waits.
    std::function<void(const std::string& reason)> on_wait;
    /// Told of each failed attempt that will be repeated.
    std::function<void(const remote::FailedAttempt&)> on_retry;
    /// What backends have to say (RemoteOptions). Any thread.
    std::function<void(const std::string& text)> on_notice{};
    std::function<void(const Error&)> on_warning{};
    /// How fast bytes may go to and from the target, shared with whoever changes it; set to what
    /// the request says when a target is opened.
    std::shared_ptr<remote::RateLimits> limits{};
    /// Operations on the target that will be under way at once.
    std::uint32_t concurrency = 1;
    /// Told of all operations on the target; null: nobody. Outlives what is opened.
    remote::OperationObserver* observer = nullptr;
    /// Wanted of the run: to end where what has begun is whole (RunControl).
    std::stop_token stop_at_border{};
};

/// A target that is asked again when it does not answer. Throws: Error.
[[nodiscard]] std::unique_ptr<remote::Remote> open_target(const proto::ArchiveParams& params,
                                                          const OpenOptions& options);

/// An archive, open and locked; everything closes with it, the locks last.
class OpenArchive {
public:
    /// Makes what is to be the archive's target, once the locks are there.
    using MakeTarget =
        std::function<std::unique_ptr<remote::Remote>(const cache::ArchiveDirectory&)>;

    /// As below, with a target of the caller's own making.
    OpenArchive(const proto::ArchiveParams& params, const ArchiveDefaults& defaults,
                codec::WorkerPool& pool, const OpenOptions& options, const MakeTarget& make_target);

    /// Waits for locks unless params.no_wait; with params.keep_lock they stay in the instance, and
    /// later ones with it find them there. Throws: Error busy, cancelled, and whatever opening
    /// the target throws.
    OpenArchive(const proto::ArchiveParams& params, const ArchiveDefaults& defaults,
                codec::WorkerPool& pool, const OpenOptions& options);
    OpenArchive(const OpenArchive&) = delete;
    OpenArchive& operator=(const OpenArchive&) = delete;

    [[nodiscard]] operation::Archive& archive() noexcept { return archive_; }

private:
    cache::ArchiveDirectory directory_;
    std::vector<cache::FileLock> locks_;
    std::unique_ptr<remote::Remote> target_;
    operation::Archive archive_;
};

/// The worker pool that all runs of one priority share, made when the first one needs it: a private
/// instance that is only greeted starts no threads.
class SharedPool {
public:
    /// That of the calling thread's priority: its threads begin with what their maker has.
    [[nodiscard]] codec::WorkerPool& get();

    /// Ends the threads. While nobody uses any; the next get() starts others.
    void end();

private:
    std::mutex mutex_;
    std::map<ThreadPriority, codec::WorkerPool> pools_;
};

}  // namespace duplid::daemon
