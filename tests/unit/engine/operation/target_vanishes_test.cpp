// Goal: a target whose disk is pulled in the middle of a backup, so that its folder is an empty one
// from then on, never ends with a set that is told as stored and is not there (feature-goals.md
// R19). Method: the folder is exchanged before the n-th file is put, for every n. Second witness:
// trees.
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/restore/restore.hpp"
#include "storage/io/error.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "tests/support/forwarding_remote.hpp"
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <filesystem>
#include <string>

using namespace duplid;
using namespace duplid::mortal;

namespace {

/// Calls `mischief` before that call that writes to the target.
class Pulled final : public support::ForwardingRemote {
public:
    Pulled(remote::Remote& next, std::uint64_t call, std::function<void()> mischief)
        : ForwardingRemote{next}, call_{call}, mischief_{std::move(mischief)}
    {
    }
    io::TempFile make_spool(const std::string& name, const std::string& directory) override
    {
        count();
        return ForwardingRemote::make_spool(name, directory);
    }
    void put(io::TempFile& spool, const std::string& name) override
    {
        count();
        ForwardingRemote::put(spool, name);
    }
    [[nodiscard]] bool struck() const { return calls_ >= call_; }

private:
    void count()
    {
        if (++calls_ == call_) {
            mischief_();
        }
    }

    std::atomic<std::uint64_t> calls_ = 0;
    std::uint64_t call_;
    std::function<void()> mischief_;
};

struct Disk {
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = temporary.path();
    fs::path folder = root / "target";
    codec::WorkerPool pool{2};
    Notes monitor;
    const Source& source;

    explicit Disk(const Source& from) : source{from} {}

    operation::BackupReport back_up(remote::Remote& target, std::int64_t time, BackupType type)
    {
        let_times_settle(source);
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = root;
        operation::BackupRequest request;
        request.source = source.root;
        request.type = type;
        request.volume_bytes = volume_bytes;
        request.host_name = "host";
        request.time = time;
        return operation::back_up(archive, request, monitor, {});
    }

    Tree restored(std::int64_t time)
    {
        file::FileRemote target{folder};
        auto cache = cache::ArchiveDirectory::create(root / "archive", "x");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = root;
        operation::RestoreRequest request;
        request.destination = root / "restored";
        request.time = time;
        CHECK(operation::restore(archive, request, monitor, {}).damaged == 0);
        auto tree = tree_of(request.destination);
        fs::remove_all(request.destination);
        return tree;
    }

    /// False when the run was over before.
    bool pulled_before(std::uint64_t call, BackupType type)
    {
        file::FileRemote disk{folder};
        Pulled target{disk, call, [&] {
                          fs::rename(folder, root / "pulled");
                          fs::create_directory(folder);
                      }};
        try {
            static_cast<void>(back_up(target, second_time, type));
            CHECK_FALSE(target.struck());
            return false;
        } catch (const Error& error) {
            CAPTURE(error.what());
            CHECK(target.struck());
            // Nothing that looks like a set is in the mount point.
            for (const auto& entry : fs::directory_iterator{folder}) {
                CHECK(entry.path().filename().string().find("manifest") == std::string::npos);
            }
            return true;
        }
    }
};

}  // namespace

TEST_CASE("a disk that is pulled in the middle of a backup leaves no set in its mount point")
{
    for (const auto type : {BackupType::incremental, BackupType::full}) {
        const Source source;
        bool was_pulled = true;
        for (std::uint64_t call = 1; was_pulled; ++call) {
            CAPTURE(call);
            Disk disk{source};
            fill(source);
            {
                file::FileRemote target{disk.folder};
                disk.back_up(target, first_time, BackupType::full);
            }
            const auto first = tree_of(source.root);
            change(source);
            was_pulled = disk.pulled_before(call, type);
            if (was_pulled) {
                // It comes back, and the next run needs nobody's help.
                fs::remove_all(disk.folder);
                fs::rename(disk.root / "pulled", disk.folder);
                CHECK(disk.restored(first_time) == first);
                file::FileRemote target{disk.folder};
                const auto next = disk.back_up(target, third_time, BackupType::automatic);
                CHECK(disk.restored(next.set.end) == tree_of(source.root));
            }
            fs::remove_all(source.root);
            fs::create_directory(source.root);
        }
    }
}
