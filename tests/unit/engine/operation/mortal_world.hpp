// A source, and a target that dies at a chosen call: what tests of interrupted backups share.
#pragma once

#include "engine/operation/backup/backup.hpp"
#include "engine/operation/object/source_reader.hpp"
#include "engine/operation/restore/restore.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/forwarding_remote.hpp"
#include "tests/support/memory_remote.hpp"
#include "tests/support/quick_directory.hpp"
#include "tests/support/recording_remote.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace duplid::mortal {

namespace fs = std::filesystem;
using operation::BackupType;

inline constexpr std::uint64_t volume_bytes = 256U
                                              << 10U;  // three blocks of 64 KiB, and small files
inline constexpr std::uint64_t never = UINT64_MAX;

class Notes final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress& progress) noexcept override
    {
        if (on_progress) {
            on_progress(progress);
        }
    }
    void warn(const Error& error) noexcept override { warnings.emplace_back(error.what()); }
    void note(std::string_view text) noexcept override { notes.emplace_back(text); }
    [[nodiscard]] bool has_note(const std::string& part) const
    {
        return std::any_of(notes.begin(), notes.end(),
                           [&](const auto& note) { return note.find(part) != std::string::npos; });
    }
    std::vector<std::string> warnings;
    std::vector<std::string> notes;
    std::function<void(const operation::Progress&)> on_progress;
};

/// Does its work up to a call, and from then on nothing: what a killed process leaves, seen from
/// the target.
class MortalRemote final : public support::ForwardingRemote {
public:
    using ForwardingRemote::ForwardingRemote;

    void die_at(std::uint64_t call)
    {
        calls_ = 0;
        last_ = call;
    }
    std::vector<remote::Listed> list() override
    {
        live();
        return ForwardingRemote::list();
    }
    void put(io::TempFile& spool, const std::string& name) override
    {
        live();
        ForwardingRemote::put(spool, name);
    }
    std::optional<std::uint64_t> size_of(const std::string& name) override
    {
        live();
        return ForwardingRemote::size_of(name);
    }
    void remove(std::span<const std::string> names) override
    {
        live();
        ForwardingRemote::remove(names);
    }

private:
    void live()
    {
        if (++calls_ >= last_) {
            throw Error{Error::Kind::unreachable, "the target is gone", "memory:"};
        }
    }

    std::atomic<std::uint64_t> calls_ = 0;
    std::uint64_t last_ = never;
};

/// Bytes that do not shrink.
inline std::string noise(std::size_t bytes, unsigned seed)
{
    std::mt19937 random{seed};
    std::string content(bytes, '\0');
    std::generate(content.begin(), content.end(), [&] { return static_cast<char>(random()); });
    return content;
}

/// A source that outlives its targets, so that two backups of it can be compared byte for byte.
struct Source {
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = fs::path{temporary.path()} / "source";

    Source() { fs::create_directory(root); }

    void write(const std::string& name, const std::string& content) const
    {
        fs::create_directories((root / name).parent_path());
        io::replace_file(root / name, io::view_of(content));
    }
};

using Tree = std::map<std::string, std::string>;

/// Content of everything below `root` by path; of a directory "d", of a link where it leads.
inline Tree tree_of(const fs::path& root)
{
    Tree tree;
    for (const auto& entry : fs::recursive_directory_iterator{root}) {
        auto& value = tree[entry.path().lexically_relative(root)];
        if (entry.is_symlink()) {
            value = "l" + fs::read_symlink(entry.path()).string();
        } else if (entry.is_directory()) {
            value = "d";
        } else {
            const auto bytes = io::read_file(entry.path(), 100'000'000);
            value = "f" + std::string{io::text_of(bytes)};
        }
    }
    return tree;
}

/// Returns once the files' change times are old enough to be trusted (distrust_young_times()).
inline void let_times_settle(const Source& source)
{
    for (const auto& entry : fs::recursive_directory_iterator{source.root}) {
        struct stat facts {};
        REQUIRE(::lstat(entry.path().c_str(), &facts) == 0);
        select::Metadata found;
        do {
            found.ctime = facts.st_ctim.tv_sec;
            found.ctime_ns = static_cast<std::uint32_t>(facts.st_ctim.tv_nsec);
            operation::distrust_young_times(found);
        } while (found.ctime == 0);
    }
}

struct World {
    io::TempDirectory temporary{support::quick_directory()};
    codec::WorkerPool pool{2};
    support::MemoryRemote memory;
    MortalRemote mortal{memory};
    support::RecordingRemote target{mortal};
    Notes monitor;
    const Source& source;
    unsigned concurrency = 1;
    bool compress = true;
    std::string source_path;
    std::function<void(operation::BackupRequest&)> adjust;  ///< the request, before it is used
    int restores = 0;

    explicit World(const Source& from, unsigned at_a_time = 1)
        : source{from}, concurrency{at_a_time}, source_path{from.root}
    {
    }

    operation::BackupReport back_up(std::int64_t time, BackupType type = BackupType::automatic)
    {
        let_times_settle(source);
        auto cache = cache::ArchiveDirectory::create(temporary.path(), "archive");
        operation::Archive archive{target, cache, pool, {}};
        archive.settings.temp_directory = temporary.path();
        archive.settings.compress = compress;
        operation::BackupRequest request;
        request.source = source_path;
        request.type = type;
        request.volume_bytes = volume_bytes;
        request.concurrency = concurrency;
        request.host_name = "host";
        request.time = time;
        if (adjust) {
            adjust(request);
        }
        return operation::back_up(archive, request, monitor, {});
    }

    /// A backup in which the target dies at the call; false if it was over before.
    bool breaks_off(std::int64_t time, std::uint64_t call, BackupType type = BackupType::automatic)
    {
        mortal.die_at(call);
        bool broke = false;
        try {
            back_up(time, type);
        } catch (const Error& error) {
            REQUIRE(error.kind() == Error::Kind::unreachable);
            broke = true;
        }
        mortal.die_at(never);
        return broke;
    }

    Tree restore(std::optional<std::int64_t> at = {})
    {
        const auto to = fs::path{temporary.path()} / fmt::format("restored-{}", ++restores);
        auto cache = cache::ArchiveDirectory::create(temporary.path(), "archive");
        operation::Archive archive{memory, cache, pool, {}};
        archive.settings.temp_directory = temporary.path();
        operation::RestoreRequest request;
        request.destination = to;
        request.time = at;
        const auto report = operation::restore(archive, request, monitor, {});
        CHECK(report.damaged == 0);
        auto tree = tree_of(to);
        fs::remove_all(to);
        return tree;
    }

    [[nodiscard]] std::map<std::string, std::string> content()
    {
        std::map<std::string, std::string> files;
        for (const auto& file : memory.list()) {
            files[file.name] = io::text_of(memory.content_of(file.name));
        }
        return files;
    }

    /// Volumes put since the last forget().
    [[nodiscard]] std::size_t volumes_put() const
    {
        const auto calls = target.calls();
        return static_cast<std::size_t>(
            std::count_if(calls.begin(), calls.end(), [](const std::string& call) {
                return call.starts_with("put ") && call.find(".vol") != std::string::npos;
            }));
    }
    /// Bytes that the target has of the volumes put since the last forget().
    [[nodiscard]] std::uint64_t volume_bytes_put()
    {
        std::uint64_t bytes = 0;
        for (const auto& call : target.calls()) {
            if (call.starts_with("put ") && call.find(".vol") != std::string::npos) {
                bytes += memory.content_of(call.substr(4)).size();
            }
        }
        return bytes;
    }
    /// Whether the cache has a file whose name ends in `suffix`.
    [[nodiscard]] bool has_cached(const std::string& suffix) const
    {
        const fs::directory_iterator files{cached("")};
        return std::any_of(fs::begin(files), fs::end(files), [&](const auto& file) {
            return file.path().string().ends_with(suffix);
        });
    }
    [[nodiscard]] fs::path cached(const std::string& name) const
    {
        return fs::path{temporary.path()} / "archive" / name;
    }
};

inline constexpr std::int64_t first_time = 1'700'000'000;
inline constexpr std::int64_t second_time = first_time + 1000;
inline constexpr std::int64_t third_time = first_time + 2000;

/// Borders at every place of a file: whole blocks, none, one byte more or less, and between files.
inline void fill(const Source& source)
{
    constexpr std::size_t block = 65536;
    source.write("a/empty", "");
    source.write("a/exact", noise(block, 1));
    source.write("a/exact2", noise(2 * block, 2));
    source.write("a/less", noise(block - 1, 3));
    source.write("a/more", noise(3 * block + 1, 4));
    source.write("b/large", noise(14 * block + 100, 5));
    for (unsigned i = 0; i < 40; ++i) {
        source.write(fmt::format("c/small{:02}", i), noise(9000, 100 + i));
    }
    source.write("d/large", noise(7 * block, 6));
    fs::create_symlink("b/large", source.root / "link");
}

/// Changes such that the increment has deltas of several volumes, new files and deletions.
inline void change(const Source& source)
{
    auto content = noise(14 * 65536 + 100, 5);
    content.replace(300'000, 500'000, noise(500'000, 7));
    source.write("b/large", content);
    source.write("a/exact", noise(65536 + 5, 8));
    fs::remove(source.root / "c/small07");
    source.write("c/new", noise(200'000, 9));
    fs::remove(source.root / "link");
    source.write("link/inside", "a folder now");
    source.write("z", noise(300'000, 10));
}

}  // namespace duplid::mortal
