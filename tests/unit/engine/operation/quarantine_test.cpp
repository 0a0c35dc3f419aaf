#include "engine/operation/repair/quarantine.hpp"

#include <doctest/doctest.h>

using namespace duplid;

// The table of archive-format.md 1.4, which was tried with duplicity 0.8.22.
TEST_CASE("names that duplicity takes for an archive's, and we do not, are told from foreign ones")
{
    struct Row {
        std::string_view name;
        bool expected;
    };
    for (const auto& row : {
             Row{"duplicity-full.20240101T000000Z.vol1.difftar.gz.tmp", true},
             Row{"duplicity-full.20240101T000000Z.vol1.difftar.zst", true},
             Row{"duplicity-full.20240101T000000Z.vol0.difftar.gz", true},
             Row{"duplicity-full.20240101T000000Z.manifest.bak", true},
             Row{"duplicity-full.20240101T000000Z.vol1.difftarx", false},
             Row{"duplicity-full.20240101T000000Z.vol1.difftar.gz.par2", false},
             Row{"duplicity-full.20240101T000000Z.jsonstat.gz", false},
             Row{"xduplicity-full.20240101T000000Z.vol1.difftar.gz.tmp", false},
             Row{"quarantine-duplicity-full.20240101T000000Z.vol1.difftar.gz", false},
         }) {
        CAPTURE(row.name);
        CHECK(operation::makes_duplicity_fail(row.name, {}) == row.expected);
    }
}
