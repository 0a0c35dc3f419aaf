// Goal: whichever call to a disk fails, be it for a moment or for good, what was backed up before
// restores, nothing that is reported good is bad, and the next run succeeds without a person.
// Method: one prepared archive, copied for each trial; the n-th write-side call fails (see
// failing_calls.hpp), n = 1, 2, 3 ... until a run passes untouched. Second witness: copied trees.
#include "tests/fault/failing_calls.hpp"
#include "tests/fault/failing_place.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/support/quick_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <doctest/doctest.h>
#include <functional>
#include <optional>
#include <set>

using namespace duplid;
using namespace duplid::failing;
using operation::BackupType;
using support::FailingCalls;

namespace {

constexpr std::int64_t backup_time = first_set + 20 * day;
constexpr std::int64_t later = backup_time + day;

void nothing_more(const Place&, const Tree&) {}

/// One line of the table: what is done while calls fail, and what has to be true of it.
struct Row {
    const char* name;
    /// Makes of the prepared archive what the operation is for.
    std::function<void(const Place&)> prepare;
    /// The operation. Returns whether it said that all is well. Throws: Error.
    std::function<bool(const Place&)> act;
    /// Sets (steps of the history) that restore whatever happens to it.
    std::set<unsigned> stay;
    /// What is so once it succeeded, at the first or at the second try.
    std::function<void(const Place&, const Tree& newest)> check;
    /// Done again with the same words, it finishes. (Of a backup the next backup does.)
    bool is_repeated = true;
    /// What is so even while it has only failed.
    std::function<void(const Place&, const Tree& newest)> always = nothing_more;
};

bool stores(const Place& place, BackupType type, std::int64_t time)
{
    return place.back_up(time, type).warnings == 0;
}

void change_source(const Place& place)
{
    make_step(place.source(), History::steps);
}

/// What the backup stored, whenever it came through.
void has_the_source(const Place& place, const Tree&)
{
    const auto newest = place.sets_of(place.target()).back();
    CHECK(newest >= backup_time);
    CHECK(difference(tree_of(place.source()), place.restored(place.target(), newest).tree) == "");
}

std::function<void(const Place&, const Tree&)> leaves(std::vector<unsigned> steps)
{
    return [steps = std::move(steps)](const Place& place, const Tree&) {
        std::vector<std::int64_t> times;
        for (const auto step : steps) {
            times.push_back(History::time_of(step));
        }
        CHECK(place.sets_of(place.target()) == times);
        // Two files beside the volumes of each set, and nothing stranded.
        CHECK(place.files_of(place.target(), "manifest").size() == times.size());
    };
}

/// An interrupted set of another machine, and signatures that nothing leads to.
void strand_files(const Place& place)
{
    for (const auto* name :
         {"duplicity-full.20230101T000000Z.vol1.difftar.gz",
          "duplicity-full.20230101T000000Z.vol2.difftar.gz",
          "duplicity-new-signatures.20230201T000000Z.to.20230202T000000Z.sigtar.gz"}) {
        write(place.target() / name, noise(1000, 1));
    }
}

void has_nothing_stranded(const Place& place, const Tree&)
{
    CHECK(place.files_of(place.target(), ".2023010").empty());
    CHECK(place.files_of(place.target(), ".2023020").empty());
}

void has_replicas(const Place& place, const Tree&)
{
    CHECK(place.sets_of(place.replica()) == place.sets_of(place.target()));
    CHECK(place.sets_of(place.replica()).size() == History::steps);
}

/// Of the second chain, the increment's manifest is gone on the target and the full set's
/// signatures everywhere; a stray file stands beside a volume of the first chain.
void lose_files(const Place& place)
{
    fs::remove(place.files_of(place.target(), "manifest").back());
    const auto signatures = place.files_of(place.target(), "full-signatures").back();
    fs::remove(signatures);
    fs::remove(place.root / "archive" / "target" / signatures.filename());
    write(place.target() / "duplicity-full.20231114T221320Z.vol1.difftar", noise(1000, 1));
}

void is_mended(const Place& place, const Tree& newest)
{
    CHECK(place.sets_of(place.target()).size() == History::steps);
    CHECK(place.files_of(place.target(), "signatures").size() >= History::steps);
    const auto last = place.sets_of(place.target()).back();
    CHECK(difference(newest, place.restored(place.target(), last).tree) == "");
}

/// A row of a tree without mode and time, which come last.
std::string_view content_of(std::string_view value)
{
    return value.substr(value.find(' ') + 1 + 10);
}

/// A destination with an older state in it, so that a restore replaces, makes and leaves.
void half_restored(const Place& place)
{
    fs::create_directories(place.root / "destination/folder");
    write(place.root / "destination/big", noise(500'000, 7));
    write(place.root / "destination/folder/stays", noise(20'000, 2));
}

/// Whatever bears a name of the archive is whole: the old file, or the new one.
void has_only_whole_files(const Place& place, const Tree& newest)
{
    for (const auto& [name, value] : tree_of(place.root / "destination")) {
        if (name == "big" && value.ends_with(noise(500'000, 7))) {
            continue;
        }
        if (name.find(".duplid-tmp-") == std::string::npos &&
            fs::is_regular_file(fs::symlink_status(place.root / "destination" / name))) {
            const auto& path = name;
            CAPTURE(path);
            CHECK(content_of(value) == content_of(newest.at(path)));
        }
    }
}

void is_restored(const Place& place, const Tree& newest)
{
    auto tree = tree_of(place.root / "destination");
    // What a failing disk would not let be removed.
    std::erase_if(tree, [](const auto& entry) {
        return entry.first.find(".duplid-tmp-") != std::string::npos;
    });
    CHECK(difference(newest, tree) == "");
}

bool is_well(const operation::RepairReport& report)
{
    return report.lost == 0 && report.mended == report.findings_count;
}

constexpr auto nothing = [](const Place&) {};

const std::vector<Row>& rows()
{
    static const std::vector<Row> table = {
        {"increment",
         change_source,
         [](const Place& place) { return stores(place, BackupType::incremental, backup_time); },
         {0, 1, 2, 3},
         has_the_source,
         false},
        {"full",
         change_source,
         [](const Place& place) { return stores(place, BackupType::full, backup_time); },
         {0, 1, 2, 3},
         has_the_source,
         false},
        {"increment after the cache was lost",
         [](const Place& place) {
             change_source(place);
             fs::remove_all(place.root / "archive");
         },
         [](const Place& place) { return stores(place, BackupType::incremental, backup_time); },
         {0, 1, 2, 3},
         has_the_source,
         false},
        {"restore",
         half_restored,
         [](const Place& place) { return place.restore_into_destination().is_good; },
         {0, 1, 2, 3},
         is_restored,
         true,
         has_only_whole_files},
        {"remove-older-than",
         nothing,
         [](const Place& place) {
             place.remove(chain::OlderThan{History::time_of(2)});
             return true;
         },
         {2, 3},
         leaves({2, 3})},
        {"remove-all-but-n-full",
         nothing,
         [](const Place& place) {
             place.remove(chain::AllButNFull{1});
             return true;
         },
         {2, 3},
         leaves({2, 3})},
        {"remove-all-inc-of-but-n-full",
         nothing,
         [](const Place& place) {
             place.remove(chain::IncrementsOfAllButNFull{1});
             return true;
         },
         {0, 2, 3},
         leaves({0, 2, 3})},
        {"prune",
         nothing,
         [](const Place& place) {
             chain::KeepPolicy policy;
             policy.last = 1;
             place.remove(policy);
             return true;
         },
         {2, 3},
         leaves({2, 3})},
        {"cleanup",
         strand_files,
         [](const Place& place) {
             place.clean_up();
             return true;
         },
         {0, 1, 2, 3},
         has_nothing_stranded},
        {"replicate",
         nothing,
         [](const Place& place) { return place.replicate().refused.empty(); },
         {0, 1, 2, 3},
         has_replicas},
        {"sync",
         [](const Place& place) { fs::remove_all(place.root / "archive"); },
         [](const Place& place) {
             place.sync();
             return true;
         },
         {0, 1, 2, 3},
         [](const Place& place, const Tree&) {
             CHECK(place.files_of(place.root / "archive/target", "manifest").size() ==
                   History::steps);
             CHECK(place.files_of(place.root / "archive/target", "sigtar").size() ==
                   History::steps);
         }},
        {"repair",
         lose_files,
         [](const Place& place) { return is_well(place.repair()); },
         {0, 1, 2},
         is_mended},
    };
    return table;
}

class Trials {
public:
    explicit Trials(const Row& row) : row_{row}
    {
        const Place place{live_, pool_};
        history_.emplace(place);
        row.prepare(place);
        copy_tree(live_, prepared_);
    }

    /// Runs n = 1, 2, 3 ... until one passes untouched; with `trials_max`, so many n, spread
    /// evenly.
    void run(FailingCalls::Mode mode, int error, std::uint64_t trials_max = 0)
    {
        CAPTURE(std::string{row_.name});
        const auto step = trials_max == 0 ? 1 : calls_of_a_run() / trials_max + 1;
        bool struck = true;
        for (std::uint64_t nth = 1; struck; nth += step) {
            CAPTURE(nth);
            struck = one(nth, mode, error);
            CHECK((struck || nth > 1));  // else nothing was ever failed
        }
    }

private:
    void begin_anew()
    {
        fs::remove_all(live_);
        copy_tree(prepared_, live_);
    }

    std::uint64_t calls_of_a_run()
    {
        begin_anew();
        const FailingCalls counting{0, FailingCalls::Mode::once, 0};
        row_.act(Place{live_, pool_});
        return counting.calls();
    }

    /// False when the run passed untouched.
    bool one(std::uint64_t nth, FailingCalls::Mode mode, int error)
    {
        begin_anew();
        const Place place{live_, pool_};
        bool is_well = false;
        bool struck = false;
        {
            const FailingCalls failing{nth, mode, error};
            try {
                is_well = row_.act(place);
            } catch (const Error& failure) {
                CAPTURE(failure.what());
                CHECK_FALSE(std::string{failure.what()}.empty());
            }
            struck = failing.struck();
        }
        CHECK((struck || is_well));
        row_.always(place, newest_tree());
        check_sets(place);
        if (is_well) {
            row_.check(place, newest_tree());
        }
        // The next run needs nobody's help, whatever it finds.
        if (row_.is_repeated) {
            CHECK(row_.act(place));
            row_.check(place, newest_tree());
            check_sets(place);
        }
        back_up_and_check(place);
        return struck;
    }

    [[nodiscard]] const Tree& newest_tree() const { return history_->trees.rbegin()->second; }

    /// What has to be there is, and what is offered is good: here and at the replica.
    void check_sets(const Place& place)
    {
        const auto offered = place.sets_of(place.target());
        for (const auto step : row_.stay) {
            CHECK(std::count(offered.begin(), offered.end(), History::time_of(step)) == 1);
        }
        check_offered(place, place.target());
        if (fs::exists(place.replica())) {
            check_offered(place, place.replica());
        }
    }

    void check_offered(const Place& place, const fs::path& target)
    {
        for (const auto time : place.sets_of(target)) {
            CAPTURE(time);
            const auto restored = place.restored(target, time);
            CHECK(restored.is_good);
            const auto known = history_->trees.find(time);
            const auto expected =
                known != history_->trees.end() ? known->second : tree_of(place.source());
            CHECK(difference(expected, restored.tree) == "");
        }
    }

    void back_up_and_check(const Place& place)
    {
        // A set that is gone on with keeps what it stored before, so then nothing is edited.
        if (row_.is_repeated) {
            make_step(place.source(), History::steps);
        }
        const auto report = place.back_up(later, BackupType::automatic);
        CHECK(report.warnings == 0);
        CHECK(difference(tree_of(place.source()),
                         place.restored(place.target(), report.set.end).tree) == "");
    }

    const Row& row_;
    io::TempDirectory temporary_{support::quick_directory()};
    codec::WorkerPool pool_{2};
    fs::path prepared_ = fs::path{temporary_.path()} / "prepared";
    // Wherever it is copied to, the source has one name: the archive remembers it.
    fs::path live_ = fs::path{temporary_.path()} / "live";
    std::optional<History> history_;
};

/// So many for each row and mode, that the two quick cases take some twenty seconds; the count of
/// calls varies a little with threads.
constexpr std::uint64_t quick_trials = 7;

}  // namespace

TEST_CASE("a disk that fails once does no lasting harm, whichever call it hits")
{
    for (const auto& row : rows()) {
        Trials{row}.run(FailingCalls::Mode::once, EIO, quick_trials);
    }
}

TEST_CASE("a disk that is full from some call on does no lasting harm, whichever call that is")
{
    for (const auto& row : rows()) {
        Trials{row}.run(FailingCalls::Mode::from_then_on, ENOSPC, quick_trials);
    }
}

// Some 1400 trials each.
TEST_CASE("each of all calls may fail once" * doctest::test_suite("long"))
{
    for (const auto& row : rows()) {
        Trials{row}.run(FailingCalls::Mode::once, EIO);
    }
}

TEST_CASE("each of all calls may be the first of a full disk" * doctest::test_suite("long"))
{
    for (const auto& row : rows()) {
        Trials{row}.run(FailingCalls::Mode::from_then_on, ENOSPC);
    }
}
