// Goal: the power may go at any moment (feature-goals.md R56). Journal and catalog then say what
// was true at some moment, the journal all that it had promised; sets that were complete before
// restore, a set that is offered is whole, and the next run succeeds without a person. Method:
// calls to the disk are written down, and what a disk may hold after each of them is made
// (power_loss.hpp). Second witness: what the functions had returned by then, and copied trees.
#include "tests/fault/power_loss.hpp"

#include "storage/cache/catalog.hpp"
#include "storage/cache/journal.hpp"
#include "storage/io/temp_file.hpp"
#include "tests/fault/failing_place.hpp"
#include "tests/support/quick_directory.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <functional>
#include <optional>
#include <utility>

using namespace duplid;
using namespace duplid::failing;
using support::PowerLoss;

namespace {

/// A fate and a seed for it.
constexpr std::array fates{
    std::pair{PowerLoss::Fate::nothing, 0U}, std::pair{PowerLoss::Fate::everything, 0U},
    std::pair{PowerLoss::Fate::some, 1U}, std::pair{PowerLoss::Fate::some, 2U}};

cache::JournalVolume volume_of(std::uint32_t number)
{
    cache::JournalVolume volume;
    volume.number = number;
    volume.file_name = fmt::format("vol{}", number);
    volume.sha1 = std::string(40, 'a');
    volume.bytes = number;
    volume.record = std::string(3000, static_cast<char>('a' + number % 20));
    volume.mark = "mark";
    volume.signatures_sha1 = std::string(40, 'b');
    return volume;
}

using JournalStep = std::function<void(cache::Journal&)>;

std::vector<JournalStep> journal_steps()
{
    std::vector<JournalStep> steps;
    steps.emplace_back([](auto& journal) { journal.begin({"set 1", "full", "setup", 100, 1}); });
    for (std::uint32_t number = 1; number <= 4; ++number) {
        steps.emplace_back([number](auto& journal) { journal.intend(volume_of(number)); });
        steps.emplace_back([number](auto& journal) { journal.acknowledge(number); });
    }
    steps.emplace_back([](auto& journal) { journal.rewind(2); });
    steps.emplace_back([](auto& journal) { journal.intend(volume_of(3)); });
    steps.emplace_back([](auto& journal) { journal.finish(); });
    steps.emplace_back([](auto& journal) { journal.begin({"set 2", "incremental", "", 100, 2}); });
    return steps;
}

constexpr std::int64_t rows_per_generation = 40;

cache::StateRow row_of(std::int64_t number, std::int64_t generation)
{
    cache::StateRow row;
    row.key = fmt::format("key {:04}", number);
    row.mtime = generation;
    row.link = std::string(200, static_cast<char>('a' + generation));
    return row;
}

void make_generation(cache::Catalog& catalog, std::int64_t generation, bool full)
{
    catalog.begin_run(full);
    for (std::int64_t number = 0; number < rows_per_generation; ++number) {
        catalog.stage_put(row_of(number, generation));
    }
    catalog.commit_run({fmt::format("set {}", generation), "sum"}, {});
}

/// 0 when the catalog knows nothing; nothing when it shows parts of two generations.
std::optional<std::int64_t> generation_of(const fs::path& directory)
{
    const auto catalog = cache::Catalog::open(directory);
    const auto applied = catalog->applied();
    auto cursor = catalog->scan();
    cache::StateRow row;
    std::int64_t count = 0;
    std::optional<std::int64_t> generation;
    for (; cursor.next(row); ++count) {
        generation = generation.value_or(row.mtime);
        if (!(row == row_of(count, *generation))) {
            return std::nullopt;
        }
    }
    if (applied.empty()) {
        return count == 0 ? std::optional{std::int64_t{0}} : std::nullopt;
    }
    const bool fits = count == rows_per_generation && generation &&
                      applied.back().set_name == fmt::format("set {}", *generation);
    return fits ? generation : std::nullopt;
}

struct Cellar {
    io::TempDirectory temporary{support::quick_directory()};
    fs::path root = fs::path{temporary.path()} / "root";
    fs::path after = fs::path{temporary.path()} / "after";

    Cellar() { fs::create_directory(root); }
};

/// What is done while the power may go, and the sets that restore whenever it does.
struct Row {
    const char* name;
    std::function<void(const Place&)> act;
    std::vector<unsigned> stay;
};

const std::array rows{
    Row{"increment",
        [](const Place& place) {
            place.back_up(first_set + 20 * day, operation::BackupType::incremental);
        },
        {0, 1, 2, 3}},
    Row{"full",
        [](const Place& place) {
            place.back_up(first_set + 20 * day, operation::BackupType::full);
        },
        {0, 1, 2, 3}},
    Row{"remove-older-than",
        [](const Place& place) { place.remove(chain::OlderThan{History::time_of(2)}); },
        {2, 3}},
    Row{"replicate", [](const Place& place) { place.replicate(); }, {0, 1, 2, 3}},
};

void check_offered(const Place& place, const fs::path& target, const History& history)
{
    for (const auto time : place.sets_of(target)) {
        CAPTURE(time);
        const auto restored = place.restored(target, time);
        CHECK(restored.is_good);
        const auto known = history.trees.find(time);
        CHECK(difference(known != history.trees.end() ? known->second : tree_of(place.source()),
                         restored.tree) == "");
    }
}

/// Moments at which the power goes, for each row.
constexpr std::size_t moments_max = 14;

}  // namespace

TEST_CASE("the journal has on the disk whatever it returned from, and no call by halves")
{
    Cellar cellar;
    const PowerLoss power{cellar.root};
    // After so many calls to the disk this was sure.
    std::vector<std::pair<std::size_t, std::optional<cache::Unfinished>>> promised;
    {
        const auto journal = cache::Journal::open(cellar.root);
        promised.emplace_back(power.calls(), journal->unfinished());
        for (const auto& step : journal_steps()) {
            step(*journal);
            promised.emplace_back(power.calls(), journal->unfinished());
        }
    }
    for (std::size_t calls = 0; calls <= power.calls(); ++calls) {
        const auto next = std::find_if(promised.begin(), promised.end(),
                                       [&](const auto& one) { return one.first > calls; });
        for (const auto& [fate, seed] : fates) {
            const auto fate_number = static_cast<int>(fate);
            CAPTURE(calls);
            CAPTURE(fate_number);
            fs::remove_all(cellar.after);
            power.leave(calls, fate, seed, cellar.after);
            const auto journal = cache::Journal::open(cellar.after);
            const auto found = journal->unfinished();
            const bool is_kept =
                next == promised.begin() ? !found.has_value() : found == std::prev(next)->second;
            CHECK((is_kept || (next != promised.end() && found == next->second)));
            CHECK((journal->why_recreated().empty() || next == promised.begin()));
        }
    }
}

TEST_CASE("the catalog shows the state of one set, or nothing, whenever the power goes")
{
    Cellar cellar;
    const PowerLoss power{cellar.root};
    std::vector<std::size_t> committed;
    {
        const auto catalog = cache::Catalog::open(cellar.root);
        for (std::int64_t generation = 1; generation <= 4; ++generation) {
            make_generation(*catalog, generation, generation % 2 == 1);
            committed.push_back(power.calls());
        }
    }
    for (std::size_t calls = 0; calls <= power.calls(); ++calls) {
        const auto reached = std::count_if(committed.begin(), committed.end(),
                                           [&](const auto& one) { return one <= calls; });
        for (const auto& [fate, seed] : fates) {
            const auto fate_number = static_cast<int>(fate);
            CAPTURE(calls);
            CAPTURE(fate_number);
            fs::remove_all(cellar.after);
            power.leave(calls, fate, seed, cellar.after);
            const auto generation = generation_of(cellar.after);
            REQUIRE(generation);
            CHECK(*generation <= reached + 1);
        }
    }
}

TEST_CASE("what was stored restores, and what is offered is whole, whenever the power goes")
{
    for (const auto& row : rows) {
        CAPTURE(std::string{row.name});
        Cellar cellar;
        codec::WorkerPool pool{2};
        const Place before{cellar.root, pool};
        const History history{before};
        make_step(before.source(), History::steps);
        const PowerLoss power{cellar.root};
        row.act(before);
        const auto step = power.calls() / moments_max + 1;
        for (std::size_t calls = 1; calls <= power.calls(); calls += step) {
            for (const auto& [fate, seed] : fates) {
                const auto fate_number = static_cast<int>(fate);
                CAPTURE(calls);
                CAPTURE(fate_number);
                fs::remove_all(cellar.after);
                power.leave(calls, fate, seed + static_cast<unsigned>(calls), cellar.after);
                // The source stays where it is, since archives remember that.
                const Place after{cellar.after, pool, before.source()};
                const auto offered = after.sets_of(after.target());
                for (const auto stays : row.stay) {
                    CHECK(std::count(offered.begin(), offered.end(), History::time_of(stays)) == 1);
                }
                check_offered(after, after.target(), history);
                if (fs::exists(after.replica())) {
                    check_offered(after, after.replica(), history);
                }
                const auto report =
                    after.back_up(first_set + 30 * day, operation::BackupType::automatic);
                CHECK(difference(tree_of(before.source()),
                                 after.restored(after.target(), report.set.end).tree) == "");
            }
        }
    }
}
