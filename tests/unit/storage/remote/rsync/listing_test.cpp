// The lines are what rsync 3.5 printed for such files, with --list-only --dirs and, but for the
// second and third, --no-human-readable and --8-bit-output.
#include "storage/remote/rsync/listing.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

TEST_CASE("files of a listing are found with names and sizes")
{
    const auto files =
        rsync::parse_listing("drwx------        4096 2026/11/22 12:42:43 .\n"
                             "-rw-------              6 2026/11/22 12:42:43 f\n"
                             "-rw-r--r--  5,000,000,001 2026/11/22 12:42:43 large\n"
                             "-rw-r--r--           0 2026/11/22 12:42:39 back\\slash*{\n"
                             "-rw-r--r--           0 2026/11/22 12:42:39 ctl\\#001\\#033\tx\x7f\n"
                             "-rw-r--r--          12 2026/11/22 12:42:39  a  b \n"
                             "-rw-r--r--           0 2026/11/22 12:42:39 line\\#012break\n"
                             "-rw-r--r--           0 2026/11/22 12:42:39 a\\#134#012\n"
                             "-rw-r--r--           0 2026/11/22 12:42:39 p\xc5\x99\n"
                             "lrwxrwxrwx           1 2026/11/22 12:42:39 link\n"
                             "drwxr-xr-x        4096 2026/11/22 12:42:39 sub\n");
    const std::vector<remote::Listed> expected{
        {"f", 6},       {"large", 5'000'000'001}, {"back\\slash*{", 0}, {"ctl\x01\x1b\tx\x7f", 0},
        {" a  b ", 12}, {"line\nbreak", 0},       {"a\\#012", 0},       {"p\xc5\x99", 0},
    };
    CHECK(files == expected);
}

TEST_CASE("what is no line of a listing is passed over")
{
    CHECK(rsync::parse_listing("Welcome - to this server\n\n-rw-r--r--\n-rw-r--r-- x y z\n"
                               "-rw-r--r-- 1 2026/11/22 12:00:00\n"
                               "-rw-r--r-- 99999999999999999999999 2026/11/22 12:00:00 name\n"
                               "-rw-r--r-- 1 2026/11/22 12:00:00 ../name\n"
                               "-rw-r--r-- 1 2026/11/22 12:00:00 a\\#057b\n"
                               "-rw-r--r-- 1 2026/11/22 12:00:00 a\\#000b\n")
              .empty());
}
