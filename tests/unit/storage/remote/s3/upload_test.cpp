#include "storage/remote/s3/upload.hpp"

#include <doctest/doctest.h>

using namespace duplid;

TEST_CASE("objects are cut within the limits of S3: parts of 5 MiB and more, at most ten thousand")
{
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    CHECK(s3::cut_of(0, 25 * mib).parts == 1);
    CHECK(s3::cut_of(25 * mib, 25 * mib).parts == 1);
    CHECK(s3::cut_of(25 * mib + 1, 25 * mib).parts == 2);
    CHECK(s3::cut_of(10 * mib + 1, mib).part_bytes == 5 * mib);
    CHECK(s3::cut_of(10 * mib + 1, mib).parts == 3);
    // The largest object that there can be.
    const auto largest = s3::cut_of(5 * mib * mib, 5 * mib);
    CHECK(largest.parts <= 10'000);
    CHECK(largest.parts * largest.part_bytes >= 5 * mib * mib);
    CHECK(largest.part_bytes <= 5 * 1024 * mib);
}
