// The listing is what sftp of OpenSSH 9.2 printed for files of these names.
#include "storage/io/error.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/ssh/sftp_program.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::ssh;

TEST_CASE("files of a long listing are found with names and sizes")
{
    const auto files =
        parse_long_listing("sftp> ls -lna /srv/x\n"
                           "-rw-r--r--    ? root     root            0 Nov 22 10:05 /srv/x/ lead\n"
                           "drwxr-xr-x    ? root     root         4096 Nov 22 10:05 /srv/x/.\n"
                           "drwx------    ? root     root         4096 Nov 22 10:05 /srv/x/..\n"
                           "-rw-r--r--    ? root     root           12 Nov 22 10:05 /srv/x/a b\n"
                           "-rw-r--r--    ? root     root            3 Nov 22  2025 /srv/x/it's *\n"
                           "drwxr-xr-x    ? root     root         4096 Nov 22 10:05 /srv/x/sub\n"
                           "-rw-r--r--    ? root     root  5000000001 Nov 22 10:05 d");
    REQUIRE(files.size() == 4);
    CHECK(files[0].name == " lead");
    CHECK(files[0].bytes == 0);
    CHECK(files[1].name == "a b");
    CHECK(files[1].bytes == 12);
    CHECK(files[2].name == "it's *");
    CHECK(files[3].name == "d");
    CHECK(files[3].bytes == 5'000'000'001);
    CHECK(parse_long_listing("-rw\n\n-").empty());
}

TEST_CASE(
    "bytes that a listing shows by their numbers are read back, and backslashes as they stand")
{
    const std::string line = "-rw-r--r--    ? 0        0               3 Nov 22 10:05 /srv/x/";
    struct Row {
        std::string shown;
        std::string name;
    };
    for (const auto& row : {Row{"p\\305\\231", "p\xc5\x99"}, Row{"\\377\\033", "\xff\x1b"},
                            Row{"\\177", "\x7f"}, Row{"a \\ b", "a \\ b"}, Row{"\\n", "\\n"},
                            Row{"\\101", "\\101"}, Row{"\\30", "\\30"}, Row{"\\400", "\\400"},
                            Row{"\\000", "\\000"}, Row{"\\", "\\"}, Row{"\\\\303", "\\\xc3"}}) {
        CAPTURE(row.shown);
        const auto files = parse_long_listing(line + row.shown + "\n");
        REQUIRE(files.size() == 1);
        CHECK(files[0].name == row.name);
    }
    CHECK(is_shown_as_another("\\303"));
    CHECK_FALSE(is_shown_as_another("\\101 \\n \\"));
    CHECK_FALSE(is_shown_as_another("\xc5\x99\x1b"));
}

TEST_CASE("a path is one word of an sftp command, and as a pattern matches nothing else")
{
    CHECK(sftp_path("a b*") == "'a b*'");
    CHECK(sftp_path("it's") == "'it\\'s'");
    CHECK(sftp_path("back\\slash") == "'back\\\\slash'");
    CHECK(sftp_path("-rf") == "'./-rf'");
    CHECK(sftp_path("{a,b}") == "'{a,b}'");
    CHECK(sftp_pattern("{a,b}") == "'\\{a,b}'");
    CHECK(sftp_pattern("back\\slash*") == "'back\\\\slash*'");
    CHECK_THROWS_AS((void)sftp_path("line\nbreak"), Error);
    CHECK_THROWS_AS((void)sftp_pattern("line\rbreak"), Error);
}
