#include "storage/remote/ftp/listing.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using ftp::parse_mlsd;
using ftp::parse_nlst;

TEST_CASE("of a listing by MLSD the files are kept, with size and time")
{
    // The first five lines are those of RFC 3659, 7.7.2 and 7.7.4; the last ones are ProFTPD's.
    const auto entries = parse_mlsd(
        "Type=file;Size=1024990;Perm=r; /tmp/cap60.pl198.tar.gz\r\n"
        "Type=cdir;Modify=19981107085215;Perm=el; /tmp\r\n"
        "Type=pdir;Modify=19990112030508;Perm=el; ..\r\n"
        "type=file;Size=25730;modify=19940728095854;perm=; cap60.pl198.tar.gz\r\n"
        "Type=dir;Modify=19981007103052;Unique=AAAAcUAA; sub\r\n"
        "modify=20261122090000;perm=adfrw;size=0;type=file;unique=1U2;UNIX.mode=0644; a b;c=d; "
        "e\r\n"
        "modify=20261122090000;perm=adfr;type=OS.unix=symlink;unique=1U3;UNIX.mode=0644; link\n");
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].file == remote::Listed{"cap60.pl198.tar.gz", 25'730});
    CHECK(entries[0].modified == 775'389'534);  // date -u -d '1994-07-28 09:58:54' +%s
    CHECK(entries[1].file == remote::Listed{"a b;c=d; e", 0});
    CHECK(entries[2].file == remote::Listed{"link", remote::unknown_bytes});
}

TEST_CASE("lines that are none are passed over, and times that are none are not known")
{
    CHECK(parse_mlsd("total 5\r\n-rw-r--r-- 1 u g 5 Jan 1 x\r\n\r\n \r\ntype=file;\r\ntype=file; \n"
                     "type=file;size=1; ..\n")
              .empty());
    const auto entries = parse_mlsd("type=file;size=-1;modify=2026; x");
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].file == remote::Listed{"x", remote::unknown_bytes});
    CHECK(!entries[0].modified.has_value());
}

TEST_CASE("of a listing by NLST the last parts are names")
{
    CHECK(parse_nlst("a\r\nb c\r\n./d\r\n/dir/e\r\n.\r\n..\r\n\r\n") ==
          std::vector<std::string>{"a", "b c", "d", "e"});
    CHECK(parse_nlst("").empty());
}
