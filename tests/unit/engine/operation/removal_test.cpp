// Goal: a removal deletes on the target what it planned and then forgets it here, and whatever
// delete fails, what is left restores and the next removal finishes. Method: two chains of real
// backups, copied for each trial; a target that refuses from the n-th delete on.
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/removal/cleanup.hpp"
#include "engine/operation/removal/remove.hpp"
#include "engine/operation/restore/restore.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/file/file_remote.hpp"
#include "tests/support/forwarding_remote.hpp"
#include "tests/support/quick_directory.hpp"
#include "tests/support/recording_remote.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <string>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

class Quiet final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress& progress) noexcept override { last = progress; }
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}
    operation::Progress last;
};

/// Deletes so many files, one at a time, and then throws.
class CuttingRemote final : public support::ForwardingRemote {
public:
    CuttingRemote(remote::Remote& next, std::size_t deletes, Error error)
        : ForwardingRemote{next}, left_{deletes}, error_{std::move(error)}
    {
    }

    void remove(std::span<const std::string> names) override
    {
        for (const auto& name : names) {
            if (left_ == 0) {
                throw Error{error_};
            }
            --left_;
            ForwardingRemote::remove({&name, 1});
        }
    }

private:
    std::size_t left_;
    Error error_;
};

constexpr std::int64_t day_seconds = 86400;
constexpr std::int64_t first_day = 1'700'000'000;

std::int64_t time_of(int number)
{
    return first_day + number * day_seconds;
}

/// A target and a cache, to be copied before something is done to them.
struct Place {
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = temporary.path();
    codec::WorkerPool pool{1};
    file::FileRemote target{root / "target"};
    Quiet monitor;

    Place() = default;
    explicit Place(const Place& from)
    {
        const auto how = fs::copy_options::recursive;
        fs::copy(from.root / "target", root / "target", how);
        fs::copy(from.root / "archive", root / "archive", how);
    }

    [[nodiscard]] cache::ArchiveDirectory directory() const
    {
        return cache::ArchiveDirectory::create(root / "archive", "x");
    }

    /// Calls `use` with the archive, whose target is `remote`.
    template <class Use>
    auto with_archive(remote::Remote& remote, Use use)
    {
        auto cache = directory();
        operation::Archive archive{remote, cache, pool, {}};
        archive.settings.temp_directory = temporary.path();
        return use(archive);
    }

    void back_up(int number, operation::BackupType type)
    {
        io::replace_file(root / "source" / "file", io::view_of(fmt::format("day {}", number)));
        operation::BackupRequest request;
        request.source = root / "source";
        request.type = type;
        request.host_name = "host";
        request.time = time_of(number);
        with_archive(target, [&](auto& archive) {
            return operation::back_up(archive, request, monitor, {});
        });
    }

    operation::RemoveReport remove_before(std::int64_t time, remote::Remote& remote)
    {
        operation::RemoveRequest request;
        request.what.rule = chain::OlderThan{time};
        request.what.now = time_of(100);
        request.force = true;
        return with_archive(remote, [&](auto& archive) {
            return operation::remove(archive, request, monitor, {});
        });
    }

    operation::CleanupReport clean_up()
    {
        return with_archive(target, [&](auto& archive) {
            return operation::clean_up(archive, {.force = true}, monitor, {});
        });
    }

    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator{root / "target"}) {
            names.push_back(entry.path().filename());
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    std::string content_at(int number)
    {
        const io::TempDirectory to;
        operation::RestoreRequest request;
        request.destination = to.path() + "/out";
        request.time = time_of(number);
        with_archive(target, [&](auto& archive) {
            return operation::restore(archive, request, monitor, {});
        });
        const auto bytes = io::read_file(to.path() + "/out/file", 1000);
        return std::string{io::text_of(bytes)};
    }

    [[nodiscard]] std::vector<std::string> cached_at(int number) const
    {
        auto names = directory().names();
        const auto stamp = naming::print_time(time_of(number));
        std::erase_if(names, [&](const std::string& name) {
            return name.find(stamp + ".manifest") == std::string::npos &&
                   name.find(stamp + ".sigtar") == std::string::npos;
        });
        return names;
    }
};

/// Days 1, 2, 3 in one chain, 4 and 5 in another.
struct TwoChains : Place {
    TwoChains()
    {
        fs::create_directory(root / "source");
        for (int number = 1; number <= 5; ++number) {
            back_up(number, number == 1 || number == 4 ? operation::BackupType::full
                                                       : operation::BackupType::incremental);
        }
    }
};

const Error refused{Error::Kind::denied, "deleting is not allowed here"};

}  // namespace

TEST_CASE("whichever delete fails, the newer chain restores and the next removal finishes")
{
    const TwoChains before;
    Place whole{before};
    whole.remove_before(time_of(4), whole.target);
    const auto wanted = whole.names();
    const auto deletes = before.names().size() - wanted.size();
    CHECK(deletes == 9);
    for (std::size_t count = 0; count < deletes; ++count) {
        CAPTURE(count);
        Place place{before};
        CuttingRemote cutting{place.target, count, refused};
        CHECK_THROWS_AS(place.remove_before(time_of(4), cutting), Error);
        CHECK(place.names().size() == before.names().size() - count);
        CHECK(place.content_at(4) == "day 4");
        CHECK(place.content_at(5) == "day 5");
        place.remove_before(time_of(4), place.target);
        CHECK(place.names() == wanted);
        for (int number = 1; number <= 3; ++number) {
            CHECK(place.cached_at(number).empty());
        }
    }
}

TEST_CASE("of a removal that is cut, cleanup leaves nothing of a set that is not whole")
{
    const TwoChains before;
    for (std::size_t count = 0; count < 9; ++count) {
        CAPTURE(count);
        Place place{before};
        CuttingRemote cutting{place.target, count, refused};
        CHECK_THROWS_AS(place.remove_before(time_of(4), cutting), Error);
        place.clean_up();
        // Three files a set, and sets go one by one.
        CHECK(place.names().size() == 15 - (count + 2) / 3 * 3);
        if (count < 7) {
            CHECK(place.content_at(1) == "day 1");
        }
    }
}

TEST_CASE("a delete that is refused is told once, as what it is, with what was done so far")
{
    const TwoChains before;
    Place place{before};
    CuttingRemote cutting{place.target, 0, refused};
    try {
        place.remove_before(time_of(4), cutting);
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::denied);
        CHECK(std::string{error.what()} ==
              "after 0 of 9 files were deleted: deleting is not allowed here");
        CHECK_FALSE(error.hint().empty());
    }
}

TEST_CASE("the cache forgets what went, and keeps what stayed")
{
    Place place{TwoChains{}};
    place.remove_before(time_of(4), place.target);
    for (int number = 1; number <= 5; ++number) {
        CAPTURE(number);
        CHECK(place.cached_at(number).size() == (number < 4 ? 0 : 2));
    }
    const auto catalog = cache::Catalog::open(place.directory().path());
    CHECK(catalog->applied().size() == 2);
    CHECK(place.monitor.last.files_done == 9);
    CHECK(place.monitor.last.files_expected == 9);
    CHECK(place.monitor.last.bytes_done == place.monitor.last.bytes_expected);
}

TEST_CASE("the catalog of a chain that goes is emptied")
{
    Place place{TwoChains{}};
    operation::RemoveRequest request;
    request.what.rule = chain::OlderThan{time_of(50)};
    request.what.now = time_of(100);
    request.what.include_last_chain = true;
    request.force = true;
    place.with_archive(place.target, [&](auto& archive) {
        return operation::remove(archive, request, place.monitor, {});
    });
    CHECK(place.names().empty());
    CHECK(cache::Catalog::open(place.directory().path())->applied().empty());
}

TEST_CASE("a file that is gone already does not stop a removal")
{
    /// Somebody else deletes a file right after it was listed.
    class Racing final : public support::ForwardingRemote {
    public:
        using ForwardingRemote::ForwardingRemote;
        std::vector<remote::Listed> list() override
        {
            auto listed = ForwardingRemote::list();
            const auto found = std::find_if(listed.begin(), listed.end(), [](const auto& file) {
                return file.name.find("full") != std::string::npos &&
                       file.name.find("vol1") != std::string::npos;
            });
            ForwardingRemote::remove({&found->name, 1});
            return listed;
        }
    };
    Place place{TwoChains{}};
    auto names = place.names();
    Racing racing{place.target};
    CHECK_NOTHROW(place.remove_before(time_of(4), racing));
}

TEST_CASE("a removal lists the target once, opens nothing and reads no manifest")
{
    Place place{TwoChains{}};
    support::RecordingRemote recording{place.target};
    place.remove_before(time_of(4), recording);
    CHECK(recording.count("list") == 1);
    CHECK(recording.count("remove") == 9);
    CHECK(recording.calls().size() == 10);
}

TEST_CASE("a removal that is told to stop deletes nothing more")
{
    Place place{TwoChains{}};
    const auto before = place.names();
    std::stop_source stop;
    stop.request_stop();
    operation::RemoveRequest request;
    request.what.rule = chain::OlderThan{time_of(4)};
    request.what.now = time_of(100);
    request.force = true;
    place.with_archive(place.target, [&](auto& archive) {
        const auto run = [&] {
            return operation::remove(archive, request, place.monitor, stop.get_token());
        };
        CHECK_THROWS_AS(run(), Error);
        return 0;
    });
    CHECK(place.names() == before);
}

TEST_CASE("what the journal knows of an unfinished set goes with the set, and else stays")
{
    Place place{TwoChains{}};
    const auto broken = naming::SetId::increment(time_of(5), time_of(6));
    const auto other = naming::SetId::increment(time_of(5), time_of(7));
    for (const auto& id : {other, broken}) {
        const auto path = place.directory().path();
        cache::Journal::open(path)->begin(
            {operation::catalog_name_of(id), "incremental", "", 1, 2});
        io::replace_file(place.root / "target" / naming::print({.set = broken, .volume = 1}, {}),
                         io::view_of(std::string{"volume"}));
        place.clean_up();
        CHECK(place.names().size() == 15);
        CHECK(cache::Journal::open(path)->unfinished().has_value() == (id == other));
    }
}

TEST_CASE("an empty target, which may be a disk that is not there, costs the cache nothing")
{
    Place place{TwoChains{}};
    const auto cached = place.directory().names();
    for (const auto& name : place.names()) {
        fs::remove(place.root / "target" / name);
    }
    CHECK(place.clean_up().deletion.files.empty());
    CHECK(place.remove_before(time_of(50), place.target).deletion.files.empty());
    CHECK(place.directory().names() == cached);
}
