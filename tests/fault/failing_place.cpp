#include "tests/fault/failing_place.hpp"

#include "engine/operation/archive/archive_files.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/sweep.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace duplid::failing {

namespace {

/// Three of them make a set of some size.
constexpr std::uint64_t volume_bytes = 256U << 10U;

}  // namespace

std::string noise(std::size_t bytes, unsigned salt)
{
    std::string content(bytes, ' ');
    auto state = salt * 2654435761U + 1U;
    for (auto& byte : content) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24U);
    }
    return content;
}

void write(const fs::path& path, const std::string& content)
{
    fs::create_directories(path.parent_path());
    io::replace_file(path, io::view_of(content));
}

std::string difference(const Tree& expected, const Tree& got)
{
    std::string names;
    const auto add = [&](const Tree& one, const Tree& other) {
        for (const auto& [name, value] : one) {
            const auto found = other.find(name);
            if (found == other.end() || found->second != value) {
                names +=
                    fmt::format("{} ({}, {} bytes)\n", name, value.substr(0, 17), value.size());
            }
        }
    };
    add(expected, got);
    add(got, expected);
    return names;
}

Tree tree_of(const fs::path& root)
{
    Tree tree;
    for (const auto& entry : fs::recursive_directory_iterator{root}) {
        struct stat facts {};
        REQUIRE(::lstat(entry.path().c_str(), &facts) == 0);
        auto value =
            fmt::format("{:o} {}", facts.st_mode, entry.is_symlink() ? 0 : facts.st_mtim.tv_sec);
        if (entry.is_symlink()) {
            value += fs::read_symlink(entry.path()).string();
        } else if (entry.is_regular_file()) {
            const auto bytes = io::read_file(entry.path(), 100'000'000);
            value += io::text_of(bytes);
        }
        tree[entry.path().lexically_relative(root)] = value;
    }
    return tree;
}

void copy_tree(const fs::path& from, const fs::path& to)
{
    fs::create_directories(to);
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    for (const auto& entry : fs::recursive_directory_iterator{from}) {
        struct stat facts {};
        REQUIRE(::lstat(entry.path().c_str(), &facts) == 0);
        const timespec times[2] = {facts.st_atim, facts.st_mtim};
        REQUIRE(::utimensat(AT_FDCWD, (to / entry.path().lexically_relative(from)).c_str(), times,
                            AT_SYMLINK_NOFOLLOW) == 0);
    }
}

operation::BackupReport Place::back_up(std::int64_t time, operation::BackupType type) const
{
    return with_archive(target(), [&](operation::Archive& archive, Quiet& monitor) {
        operation::BackupRequest request;
        request.source = source();
        request.type = type;
        request.volume_bytes = volume_bytes;
        request.concurrency = 2;
        request.host_name = "host";
        request.time = time;
        return operation::back_up(archive, request, monitor, {});
    });
}

Restored Place::restored(const fs::path& target, std::int64_t time) const
{
    const auto to = root / "restored";
    fs::remove_all(to);
    const auto is_good = with_archive(target, [&](operation::Archive& archive, Quiet& monitor) {
        operation::RestoreRequest request;
        request.destination = to;
        request.time = time;
        const auto report = operation::restore(archive, request, monitor, {});
        return report.damaged == 0 && report.set.end == time && monitor.warnings == 0;
    });
    return {is_good, tree_of(to)};
}

Restored Place::restore_into_destination() const
{
    const auto to = root / "destination";
    const auto is_good = with_archive(target(), [&](operation::Archive& archive, Quiet& monitor) {
        operation::RestoreRequest request;
        request.destination = to;
        request.overwrite = operation::Overwrite::changed;
        const auto report = operation::restore(archive, request, monitor, {});
        return report.damaged == 0 && report.warnings == 0;
    });
    return {is_good, tree_of(to)};
}

operation::RemoveReport Place::remove(const chain::RemovalRule& rule) const
{
    return with_archive(target(), [&](operation::Archive& archive, Quiet& monitor) {
        operation::RemoveRequest request;
        request.what.rule = rule;
        request.what.now = first_set + 10 * day;
        request.what.offset = [](std::int64_t) { return 0; };
        request.force = true;
        return operation::remove(archive, request, monitor, {});
    });
}

operation::CleanupReport Place::clean_up() const
{
    return with_archive(target(), [&](operation::Archive& archive, Quiet& monitor) {
        operation::CleanupRequest request;
        request.force = true;
        return operation::clean_up(archive, request, monitor, {});
    });
}

operation::ReplicateReport Place::replicate() const
{
    return with_archive(target(), [&](operation::Archive& from, Quiet& monitor) {
        return with_archive(replica(), [&](operation::Archive& to, Quiet&) {
            return operation::replicate(from, to, {}, monitor, {});
        });
    });
}

operation::SyncReport Place::sync() const
{
    return with_archive(target(), [&](operation::Archive& archive, Quiet& monitor) {
        return operation::sync(archive, {operation::SyncScope::all_chains}, monitor, {});
    });
}

operation::RepairReport Place::repair() const
{
    return with_archive(target(), [&](operation::Archive& archive, Quiet& monitor) {
        operation::RepairRequest request;
        request.force = true;
        request.read_data = true;
        return operation::repair(archive, request, monitor, {});
    });
}

std::vector<std::int64_t> Place::sets_of(const fs::path& target) const
{
    return with_archive(target, [&](operation::Archive& archive, Quiet&) {
        std::vector<std::int64_t> times;
        for (const auto& chain : operation::list_archive(archive).collection.chains) {
            for (const auto& set : chain.sets) {
                times.push_back(set.id.end);
            }
        }
        return times;
    });
}

std::vector<fs::path> Place::files_of(const fs::path& target, const std::string& part) const
{
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{target}) {
        const auto name = entry.path().filename().string();
        if (name.find(part) != std::string::npos && !io::is_temporary_name(name)) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

void make_step(const fs::path& source, unsigned step)
{
    constexpr std::size_t half = 300'000;
    write(source / "big", noise(half, 1) + noise(half, 10 + step));
    write(source / "folder/stays", noise(20'000, 2));
    write(source / fmt::format("folder/only in {}", step), noise(30'000, 20 + step));
    if (step > 0) {
        fs::remove(source / fmt::format("folder/only in {}", step - 1));
    }
    fs::remove_all(source / "turns");
    if (step % 2 == 0) {
        write(source / "turns", "a file\n");
    } else {
        write(source / "turns/inside", "a folder by now\n");
    }
    if (step == 0) {
        fs::create_symlink("big", source / "link");
    }
}

History::History(const Place& place)
{
    fs::create_directories(place.root / "tmp");
    for (unsigned step = 0; step < steps; ++step) {
        make_step(place.source(), step);
        place.back_up(time_of(step), step % 2 == 0 ? operation::BackupType::full
                                                   : operation::BackupType::incremental);
        trees[time_of(step)] = tree_of(place.source());
    }
}

}  // namespace duplid::failing
