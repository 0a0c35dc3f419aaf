// Goal: a guess at how much there is, taken from the source itself or from the last backup, that
// holds nobody up. The witness is a count of the same tree by std::filesystem.
#include "engine/operation/backup/source_estimate.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <thread>

using namespace duplid;
using operation::SourceEstimate;
using operation::SourceTotals;
namespace fs = std::filesystem;

namespace {

struct Tree {
    io::TempDirectory temporary;
    fs::path source = fs::path{temporary.path()} / "source";
    operation::BackupRequest request;

    Tree()
    {
        for (int i = 0; i < 300; ++i) {
            const auto path = source / fmt::format("d{}", i / 50) / fmt::format("f{}", i);
            fs::create_directories(path.parent_path());
            io::replace_file(path.string(),
                             io::view_of(std::string(static_cast<std::size_t>(i), 'x')));
        }
        fs::create_symlink("nowhere", source / "link");
        request.source = source.string();
    }

    [[nodiscard]] SourceTotals counted() const
    {
        SourceTotals totals{1, 0};  // the source itself
        for (const auto& entry : fs::recursive_directory_iterator{source}) {
            ++totals.files;
            totals.bytes += entry.is_regular_file() && !entry.is_symlink() ? entry.file_size() : 0;
        }
        return totals;
    }
};

SourceTotals once_there(SourceEstimate& estimate)
{
    for (;;) {
        if (const auto totals = estimate.totals()) {
            return *totals;
        }
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("where nothing is known the source is counted, as the rules let it through")
{
    Tree tree;
    {
        SourceEstimate estimate{tree.request, std::nullopt, std::chrono::milliseconds{0}};
        CHECK_FALSE(estimate.totals().has_value());  // it does not wait
        CHECK(once_there(estimate) == tree.counted());
    }
    using Kind = select::RuleOption::Kind;
    tree.request.rules.push_back({.kind = Kind::exclude, .value = (tree.source / "d2").string()});
    SourceEstimate estimate{tree.request, std::nullopt, std::chrono::milliseconds{0}};
    const auto with_rule = once_there(estimate);
    fs::remove_all(tree.source / "d2");
    CHECK(with_rule == tree.counted());
}

TEST_CASE("what the last backup found is believed, and nothing is walked")
{
    const Tree tree;
    SourceEstimate estimate{tree.request, SourceTotals{7, 8}, std::chrono::milliseconds{0}};
    CHECK(estimate.totals() == SourceTotals{7, 8});
}

TEST_CASE("a list of rules, which may be a pipe, is not read a second time")
{
    Tree tree;
    const auto pipe = fs::path{tree.temporary.path()} / "list";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    using Kind = select::RuleOption::Kind;
    tree.request.rules.push_back({.kind = Kind::exclude_filelist, .value = pipe.string()});
    SourceEstimate estimate{tree.request, std::nullopt, std::chrono::milliseconds{0}};
    // Whoever opened it would wait for its writer for ever, and this test for them.
    CHECK_FALSE(estimate.totals().has_value());
    CHECK_FALSE(estimate.totals().has_value());
}

TEST_CASE("a source that cannot be walked gives no guess and no error")
{
    Tree tree;
    fs::remove_all(tree.source);
    SourceEstimate estimate{tree.request, std::nullopt, std::chrono::milliseconds{0}};
    CHECK_FALSE(estimate.totals().has_value());
}

TEST_CASE("totals are remembered in the catalog, and what makes no sense there is nothing")
{
    const io::TempDirectory temporary;
    auto catalog = cache::Catalog::open(temporary.path());
    CHECK_FALSE(operation::known_totals(*catalog).has_value());
    operation::remember_totals(*catalog, {12, UINT64_MAX});
    CHECK(operation::known_totals(*catalog) == SourceTotals{12, UINT64_MAX});
    for (const auto* text : {"", "12", "12 ", "x 3", "1 2 3", "-1 4"}) {
        CAPTURE(text);
        catalog->set_meta("source_totals", text);
        CHECK_FALSE(operation::known_totals(*catalog).has_value());
    }
}
