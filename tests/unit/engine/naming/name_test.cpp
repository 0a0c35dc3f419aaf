// File names. The second witness are the directories names/* written by duplicity 0.8.22, which
// hold the same full and increment under seven styles, and the table of archive-format.md 1.4.
#include "engine/naming/name.hpp"

#include "engine/naming/time.hpp"
#include "storage/io/error.hpp"
#include "tests/unit/engine/naming/time_zone.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <tuple>
#include <vector>

namespace naming = duplid::naming;
using duplid::Error;
using naming::FileKind;
using naming::Name;
using naming::Prefixes;
using naming::SetId;
using naming::Style;
using naming::Wrapping;
using naming::Writing;
using naming::test::TimeZone;

namespace {

constexpr std::int64_t day_one = 1704067200;  // 2024-01-01T00:00:00Z
constexpr std::int64_t day_two = 1704153600;
const SetId full = SetId::full_at(day_one);
const SetId increment = SetId::increment(day_one, day_two);

std::vector<std::string> golden_names(const std::string& directory)
{
    std::vector<std::string> names;
    const auto path = std::filesystem::path{DUPLID_GOLDEN} / "duplicity-0.8.22/names" / directory;
    for (const auto& entry : std::filesystem::directory_iterator{path}) {
        names.push_back(entry.path().filename().string());
    }
    return names;
}

/// What each directory below names/ holds.
std::vector<Name> expected_names(Wrapping data)
{
    std::vector<Name> names;
    for (const SetId& set : {full, increment}) {
        names.push_back({.set = set, .kind = FileKind::volume, .volume = 1, .wrapping = data});
        names.push_back({.set = set, .kind = FileKind::manifest});
        names.push_back({.set = set, .kind = FileKind::signatures, .wrapping = data});
    }
    return names;
}

void sort(std::vector<Name>& names)
{
    std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) {
        return std::tuple{a.set, a.kind} < std::tuple{b.set, b.kind};
    });
}

}  // namespace

TEST_CASE("every style of duplicity is read, and written to the byte")
{
    struct Row {
        const char* directory;
        Writing writing;
        const char* zone;
        Wrapping data;
    };
    const Prefixes prefixes{.all = "X-", .archive = "A-", .manifest = "M-", .signature = "S-"};
    const std::vector<Row> rows{
        {"default", {}, "UTC0", Wrapping::gzip},
        {"no-compression", {}, "UTC0", Wrapping::plain},
        {"prefixes", {.prefixes = prefixes}, "UTC0", Wrapping::gzip},
        {"short", {.style = Style::short_names}, "UTC0", Wrapping::gzip},
        {"old-utc", {.style = Style::old_names}, "UTC0", Wrapping::gzip},
        {"old-prague", {.style = Style::old_names}, naming::test::prague, Wrapping::gzip},
        {"old-newyork-underscore",
         {.style = Style::old_names, .time_separator = '_'},
         naming::test::new_york,
         Wrapping::gzip},
    };
    for (const auto& row : rows) {
        CAPTURE(row.directory);
        const TimeZone zone{row.zone};
        std::vector<Name> names;
        for (const auto& file_name : golden_names(row.directory)) {
            CAPTURE(file_name);
            const auto name = naming::parse(file_name, row.writing.prefixes);
            REQUIRE(name);
            CHECK(naming::print(*name, row.writing) == file_name);
            names.push_back(*name);
        }
        auto expected = expected_names(row.data);
        sort(names);
        sort(expected);
        CHECK(names == expected);
    }
}

TEST_CASE("encrypted names are read and written")
{
    // Names as in archive-format.md 1.1; the vectors sym, signed and hidden hold such.
    struct Row {
        const char* file_name;
        Name name;
    };
    for (const auto& row : {
             Row{"duplicity-full-signatures.20240101T000000Z.sigtar.gpg",
                 {.set = full, .kind = FileKind::signatures, .wrapping = Wrapping::gpg}},
             Row{"duplicity-full.20240101T000000Z.manifest.gpg",
                 {.set = full, .kind = FileKind::manifest, .wrapping = Wrapping::gpg}},
             Row{"duplicity-full.20240101T000000Z.vol12.difftar.gpg",
                 {.set = full, .volume = 12, .wrapping = Wrapping::gpg}},
             Row{"duplicity-inc.20240101T000000Z.to.20240102T000000Z.manifest.gpg",
                 {.set = increment, .kind = FileKind::manifest, .wrapping = Wrapping::gpg}},
             Row{"duplicity-new-signatures.20240101T000000Z.to.20240102T000000Z.sigtar.gpg",
                 {.set = increment, .kind = FileKind::signatures, .wrapping = Wrapping::gpg}},
         }) {
        CAPTURE(row.file_name);
        const auto name = naming::parse(row.file_name, {});
        REQUIRE(name);
        CHECK(*name == row.name);
        CHECK(naming::print(row.name, {}) == row.file_name);
    }
}

TEST_CASE("volume numbers, partial names and suffixes are read as the reference reads them")
{
    const Prefixes none;
    const std::string stem = "duplicity-full.20240101T000000Z.";
    const auto volume = [](std::uint32_t number, Wrapping wrapping) {
        return Name{.set = full, .volume = number, .wrapping = wrapping};
    };
    CHECK(naming::parse(stem + "vol001.difftar.gpg", none) == volume(1, Wrapping::gpg));
    CHECK(naming::parse(stem + "vol1.difftar.g", none) == volume(1, Wrapping::gpg));
    CHECK(naming::parse(stem + "vol1.difftar.z", none) == volume(1, Wrapping::gzip));
    CHECK(naming::parse(stem + "vol1.difftar.part", none) == volume(1, Wrapping::plain));
    CHECK(naming::parse(stem + "vol4294967295.difftar", none) ==
          volume(4294967295, Wrapping::plain));
    CHECK(naming::parse("df.s6k2o0.01.dt.z", none) == volume(1, Wrapping::gzip));
    CHECK(naming::parse("df.s6k2o0.z.dt.gz", none) == volume(35, Wrapping::gzip));
    CHECK(naming::parse("duplicity-full.1704067200.vol1.difftar.gz", none) ==
          volume(1, Wrapping::gzip));
    CHECK(naming::parse("duplicity-full.2024-01-01T00.00.00Z.vol1.difftar", none) ==
          volume(1, Wrapping::plain));

    const Name partial{.set = full, .kind = FileKind::manifest, .partial = true};
    CHECK(naming::parse(stem + "manifest.part", none) == partial);
    CHECK(naming::parse("df.s6k2o0.m.p", none) == partial);
    CHECK(naming::print(partial, {}) == stem + "manifest.part");
    CHECK(naming::print(partial, {.style = Style::short_names}) == "df.s6k2o0.m.p");
    const auto partial_signatures =
        naming::parse("duplicity-full-signatures.20240101T000000Z.sigtar.part", none);
    REQUIRE(partial_signatures);
    CHECK(partial_signatures->partial);
    CHECK(naming::parse(stem + "manifest.gz", none)->wrapping == Wrapping::gzip);
}

TEST_CASE("names that only begin like ours are foreign, but known for it")
{
    const Prefixes none;
    for (const std::string ending : {"vol1.difftar.zst",
                                     "vol1.difftar.gz.tmp",
                                     "vol1.difftar.gz.par2",
                                     "vol1.difftar.gpg.gz",
                                     "vol1.difftarx",
                                     "vol1.difftar.",
                                     "vol0.difftar.gz",
                                     "vol.difftar.gz",
                                     "vol+1.difftar.gz",
                                     "vol-1.difftar.gz",
                                     "vol 1.difftar",
                                     "vol4294967296.difftar",
                                     "volx.difftar",
                                     "vol1.manifest",
                                     "manifestx",
                                     "manifest.part.x",
                                     "manifest.p",
                                     "sigtar",
                                     "jsonstat.gz",
                                     "20240102T000000Z.manifest",
                                     ""}) {
        CAPTURE(ending);
        const std::string file_name = "duplicity-full.20240101T000000Z." + ending;
        CHECK_FALSE(naming::parse(file_name, none));
        CHECK(naming::has_our_head(file_name, none));
    }
    for (const std::string file_name :
         {"df.s6k2o0.0.dt", "df.s6k2o0.m.part", "df.S6K2O0.m", "df.s6k2o0.s6lxc0.1.dt",
          "di.s6k2o0.1.dt", "dns.s6k2o0.st", "duplicity-inc.20240101T000000Z.manifest",
          "duplicity-full.20240101T000000Z.to.20240102T000000Z.manifest",
          "duplicity-full-signatures.20240101T000000Z.manifest",
          "duplicity-full.19700101T000000Z.manifest"}) {
        CAPTURE(file_name);
        CHECK_FALSE(naming::parse(file_name, none));
        CHECK(naming::has_our_head(file_name, none));
    }
    for (const std::string file_name :
         {"xduplicity-full.20240101T000000Z.manifest", "lockfile", "", "duplicity-",
          ".duplid-tmp-0123456789abcdef-duplicity-full.20240101T000000Z.manifest",
          "Duplicity-full.20240101T000000Z.manifest"}) {
        CAPTURE(file_name);
        CHECK_FALSE(naming::parse(file_name, none));
        CHECK_FALSE(naming::has_our_head(file_name, none));
    }
}

TEST_CASE("prefixes are literal, and belong to their kind of file")
{
    const Prefixes dots{.all = "a.b-"};
    CHECK(naming::parse("a.b-duplicity-full.20240101T000000Z.manifest", dots));
    CHECK_FALSE(naming::parse("axb-duplicity-full.20240101T000000Z.manifest", dots));
    CHECK_FALSE(naming::parse("duplicity-full.20240101T000000Z.manifest", dots));

    const Prefixes kinds{.archive = "A-", .manifest = "M-", .signature = "S-"};
    CHECK_FALSE(naming::parse("A-duplicity-full.20240101T000000Z.manifest", kinds));
    CHECK_FALSE(naming::parse("M-duplicity-full.20240101T000000Z.vol1.difftar", kinds));
    CHECK(naming::parse("M-duplicity-full.20240101T000000Z.manifest", kinds));

    CHECK(naming::has_pattern_bytes("a.b"));
    CHECK(naming::has_pattern_bytes("a|b"));
    CHECK_FALSE(naming::has_pattern_bytes("host1_daily-"));
}

TEST_CASE("statistics of duplicity 3 are known by the set they belong to")
{
    const Prefixes none;
    CHECK(naming::set_of_statistics("duplicity-full.20240101T000000Z.jsonstat.gz", none) == full);
    CHECK(
        naming::set_of_statistics("duplicity-inc.20240101T000000Z.to.20240102T000000Z.jsonstat.gpg",
                                  none) == increment);
    CHECK(naming::set_of_statistics("dfst.s6k2o0.jst.z", none) == full);
    CHECK(naming::set_of_statistics("dist.s6k2o0.s6lxc0.jst", none) == increment);
    CHECK_FALSE(naming::is_statistics("duplicity-full.20240101T000000Z.manifest", none));
    CHECK_FALSE(naming::is_statistics("duplicity-full.20240101T000000Z.jsonstat.old", none));
    const Prefixes prefixes{.all = "X-", .statistics = "J-"};
    CHECK(naming::is_statistics("X-J-duplicity-full.20240101T000000Z.jsonstat", prefixes));
}

TEST_CASE("sets are ordered by end time, a full before an increment")
{
    CHECK(SetId::full_at(5) < SetId::increment(1, 6));
    CHECK(SetId::full_at(5) < SetId::increment(1, 5));
    CHECK(SetId::increment(1, 5) < SetId::increment(2, 5));
    CHECK(SetId::increment(2, 5) < SetId::full_at(6));
}

TEST_CASE("names that nobody could read back are not written")
{
    CHECK_THROWS_AS((void)naming::print({.set = full, .kind = FileKind::volume}, {}), Error);
    CHECK_THROWS_AS((void)naming::print({.set = SetId::full_at(0), .kind = FileKind::manifest}, {}),
                    Error);
    CHECK_THROWS_AS((void)naming::print({.set = full, .kind = FileKind::manifest},
                                        {.style = Style::old_names, .time_separator = '-'}),
                    Error);
}
