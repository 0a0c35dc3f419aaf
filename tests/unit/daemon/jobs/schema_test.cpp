// The schema that is shipped is the one that the table of keys makes. DUPLID_ACCEPT=1 writes it
// anew.

#include "daemon/jobs/schema.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

TEST_CASE("the schema that is shipped is that of the job's keys")
{
    const auto expected = duplid::jobs::job_schema().dump(4) + "\n";
    if (std::getenv("DUPLID_ACCEPT") != nullptr) {
        std::ofstream{DUPLID_SCHEMA} << expected;
    }
    std::ifstream file{DUPLID_SCHEMA};
    const std::string shipped{std::istreambuf_iterator<char>{file}, {}};
    const bool is_same = shipped == expected;  // both are long
    CHECK(is_same);
}

TEST_CASE("the schema knows no members but those there are, at any level")
{
    const auto schema = duplid::jobs::job_schema();
    CHECK(schema["additionalProperties"] == false);
    CHECK(schema["properties"]["schedule"]["additionalProperties"] == false);
    CHECK(schema["properties"]["select"]["items"]["additionalProperties"] == false);
    CHECK_FALSE(schema["properties"].contains("passphrase"));
    CHECK_FALSE(schema.contains("required"));
}
