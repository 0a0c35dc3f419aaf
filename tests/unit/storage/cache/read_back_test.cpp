#include "storage/cache/read_back.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

using namespace duplid;

TEST_CASE("what was read back is remembered until it is forgotten")
{
    const io::TempDirectory directory;
    CHECK(cache::ReadBack::open_if_there(directory.path()) == nullptr);
    {
        const auto memory = cache::ReadBack::open(directory.path());
        memory->put("a", {10, 1000});
        memory->put("b\xff", {20, 2000});
        memory->put("c", {30, 3000});
        memory->put("a", {11, 1001});
        memory->forget("c");
    }
    const auto memory = cache::ReadBack::open_if_there(directory.path());
    REQUIRE(memory != nullptr);
    auto files = memory->all();
    CHECK(files.size() == 2);
    CHECK(files.at("a").bytes == 11);
    CHECK(files.at("a").time == 1001);
    memory->keep_only({"b\xff", "never seen"});
    files = memory->all();
    CHECK(files.size() == 1);
    CHECK(files.contains("b\xff"));
}

TEST_CASE("a memory that is damaged is replaced by an empty one")
{
    const io::TempDirectory directory;
    io::replace_file(directory.path() + "/checks.db", io::view_of("no database at all, but long"));
    CHECK(cache::ReadBack::open(directory.path())->all().empty());
}
