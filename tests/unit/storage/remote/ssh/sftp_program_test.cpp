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

TEST_CASE("a name is one word of an sftp command")
{
    CHECK(sftp_quoted("a b*") == "'a b*'");
    CHECK(sftp_quoted("it's") == "'it\\'s'");
    CHECK(sftp_quoted("back\\slash") == "'back\\\\slash'");
    CHECK_THROWS_AS((void)sftp_quoted("line\nbreak"), Error);
}
