#include "engine/manifest/manifest.hpp"

#include "engine/naming/index.hpp"

#include <doctest/doctest.h>

namespace manifest = duplid::manifest;
namespace naming = duplid::naming;

TEST_CASE("a volume is asked for a path whenever its range touches it or what lies below")
{
    struct Row {
        const char *first, *last, *path;
        bool expected;
    };
    for (const auto& row : {
             Row{".", "z", ".", true},
             Row{"d/m", "d/p", ".", true},  // for a whole restore every volume is
             Row{"d/m", "d/p", "d", true},  // it begins and ends within the directory
             Row{"d/m", "d/p", "d/m", true},
             Row{"d/m", "d/p", "d/m/x", true},  // below its first entry
             Row{"d/m", "d/p", "d/n", true}, Row{"d/m", "d/p", "d/p", true},
             Row{"d/m", "d/p", "d/p/x", false}, Row{"d/m", "d/p", "d/a", false},
             Row{"d/m", "d/p", "c", false}, Row{"d/m", "d/p", "e", false},
             Row{"d", "e", "d-b", true},                                 // index order: d, d/x, d-b
             Row{"d/x", "d/y", "d-b", false}, Row{".", "f", "a", true},  // an empty last volume
         }) {
        CAPTURE(row.first);
        CAPTURE(row.last);
        CAPTURE(row.path);
        const manifest::Volume volume{.number = 1,
                                      .first = {.key = naming::key_of_path(row.first)},
                                      .last = {.key = naming::key_of_path(row.last)}};
        CHECK(manifest::may_hold(volume, naming::key_of_path(row.path)) == row.expected);
    }
}
