// Goal: whoever waits for a repair sees how far it is, also where it learns on the way what else it
// has to read. Witness: the sizes of the files on the target.
#include "engine/operation/repair/repair.hpp"
#include "tests/unit/engine/operation/mortal_world.hpp"

using namespace duplid;
using namespace duplid::mortal;

namespace {

class Told final : public operation::Monitor {
public:
    void phase(operation::Phase phase) noexcept override
    {
        if (phase == operation::Phase::reading_catalog) {
            is_of_catalog = true;
        } else {
            is_of_catalog = false;
            phases.push_back(phase);
            figures.emplace_back();
        }
    }
    void progress(const operation::Progress& progress) noexcept override
    {
        if (!is_of_catalog) {
            figures.back().push_back(progress);
        }
    }
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}

    /// All that was told in one phase.
    [[nodiscard]] const std::vector<operation::Progress>& in(operation::Phase phase) const
    {
        const auto found = std::find(phases.begin(), phases.end(), phase);
        REQUIRE(found != phases.end());
        return figures[static_cast<std::size_t>(found - phases.begin())];
    }

    std::vector<operation::Phase> phases;
    std::vector<std::vector<operation::Progress>> figures;

private:
    bool is_of_catalog = false;
};

/// A full set and an increment of several volumes each.
struct Chain {
    Source source;
    World world{source};

    Chain()
    {
        fill(source);
        world.back_up(first_time);
        change(source);
        world.back_up(second_time);
    }

    operation::RepairReport repair(const operation::RepairRequest& request, Told& monitor)
    {
        auto cache = cache::ArchiveDirectory::create(world.temporary.path(), "archive");
        operation::Archive archive{world.memory, cache, world.pool, {}};
        archive.settings.temp_directory = world.temporary.path();
        return operation::repair(archive, request, monitor, {});
    }

    /// (files, bytes) on the target of which the names have `part`.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> of(const std::string& part)
    {
        std::pair<std::uint64_t, std::uint64_t> sum;
        for (const auto& file : world.memory.list()) {
            if (file.name.find(part) != std::string::npos) {
                ++sum.first;
                sum.second += file.bytes;
            }
        }
        return sum;
    }
};

void check_growth(const std::vector<operation::Progress>& told)
{
    operation::Progress before;
    for (const auto& now : told) {
        CHECK(now.files_done == before.files_done + 1);
        CHECK(now.bytes_done > before.bytes_done);
        CHECK(now.bytes_expected >= before.bytes_expected);
        CHECK(now.bytes_done <= now.bytes_expected);
        before = now;
    }
}

}  // namespace

TEST_CASE("a repair that reads all data tells from the beginning how much that is")
{
    Chain chain;
    const auto volumes = chain.of(".vol");
    const auto signatures = chain.of("sigtar");
    Told monitor;
    CHECK(chain.repair({.force = false, .read_data = true}, monitor).findings_count == 0);
    const auto& told = monitor.in(operation::Phase::fetching);
    REQUIRE(told.size() == volumes.first + signatures.first);
    check_growth(told);
    CHECK(told.front().files_expected == told.size());
    CHECK(told.front().bytes_expected == volumes.second + signatures.second);
    CHECK(told.back().bytes_done == volumes.second + signatures.second);
}

TEST_CASE("a repair that finds something missing adds what it reads for that")
{
    Chain chain;
    std::string lost;
    for (const auto& file : chain.world.memory.list()) {
        lost = file.name.find("full-signatures") != std::string::npos ? file.name : lost;
    }
    REQUIRE_FALSE(lost.empty());
    chain.world.memory.remove(std::vector{lost});
    fs::remove(chain.world.cached(lost));
    const auto full_volumes = chain.of("-full.");
    const auto volumes = chain.of(".vol");
    Told monitor;
    CHECK(chain.repair({.force = true, .read_data = false}, monitor).lost == 0);
    CHECK(chain.of("full-signatures").first == 1);
    // All volumes once for their hashes, and those of the full set for its signatures.
    const auto& told = monitor.in(operation::Phase::fetching);
    check_growth(told);
    CHECK(told.back().bytes_done == told.back().bytes_expected);
    CHECK(told.back().files_done == volumes.first + full_volumes.first - 1);  // but its manifest
}
