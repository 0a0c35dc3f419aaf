#include "engine/naming/cache_name.hpp"

#include <doctest/doctest.h>

namespace naming = duplid::naming;

TEST_CASE("the cache directory is the MD5 of the URL as typed, a trailing slash included")
{
    // Directories that duplicity made: archive-format.md 2.
    CHECK(naming::cache_name_of_url("file:///backup/host1") == "ddd2434f2b4e32fbc06fd96ab9220179");
    CHECK(naming::cache_name_of_url("file:///backup/host1/") == "1cf66a5670ff6430cfc9f8a7a94db901");
}
