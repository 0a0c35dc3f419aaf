#include "storage/remote/par2/par2_remote.hpp"

#include <doctest/doctest.h>

using namespace duplid;

TEST_CASE("recovery files of a name are those that par2 calls so, and no other's")
{
    for (const auto* const file : {"a.b.par2", "a.b.vol0+1.par2", "a.b.vol000+100.par2"}) {
        CAPTURE(file);
        CHECK(par2::is_companion(file, "a.b"));
    }
    // A name is no pattern, and names of others may begin as it does.
    for (const auto* const file :
         {"a.b", "aXb.par2", "a.b.par2x", "a.b.vol+1.par2", "a.b.vol0+.par2", "a.b.vol01.par2",
          "a.b.vol0+1.par", "a.bc.par2", "a.b.vol0+1.par2.par2", "a.b.c.par2", ".par2"}) {
        CAPTURE(file);
        CHECK_FALSE(par2::is_companion(file, "a.b"));
    }
}
