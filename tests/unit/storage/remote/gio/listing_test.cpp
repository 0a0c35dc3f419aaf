#include "storage/remote/gio/listing.hpp"

#include <doctest/doctest.h>
#include <string>
#include <string_view>

using namespace duplid;
using gio::Entry;
using gio::number_in_info;
using gio::parse_listing;

TEST_CASE("of a listing the files are kept, with name, size and time")
{
    const auto entries =
        parse_listing("sftp://127.0.0.1:10000/t/plain\t10\t(regular)\ttime::modified=1795000000\n"
                      "sftp://127.0.0.1:10000/t/.hidden\t0\t(regular)\ttime::modified=1795000001\n"
                      "sftp://127.0.0.1:10000/t/dir\t4096\t(directory)\ttime::modified=1795000000\n"
                      "sftp://127.0.0.1:10000/t/broken\t7\t(symlink)\ttime::modified=1795000000\n"
                      "sftp://127.0.0.1:10000/t/fifo\t0\t(special)\ttime::modified=1795000000\n"
                      "mtp://phone/t/strange\t18446744073709551615\t(unknown)\n",
                      false);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0] == Entry{{"plain", 10}, 1'795'000'000});
    CHECK(entries[1] == Entry{{".hidden", 0}, 1'795'000'001});
    CHECK(entries[2] == Entry{{"strange", UINT64_MAX}, std::nullopt});
}

TEST_CASE("names may hold any byte, because their URLs hold none that means something")
{
    const auto entries = parse_listing("dav://h/t/a%09b%0Ac%20%25%3F\t1\t(regular)\n"
                                       "dav://h/t/%FF%C3%A9\t2\t(regular)\n",
                                       false);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].file == remote::Listed{"a\tb\nc %?", 1});
    CHECK(entries[1].file == remote::Listed{"\xff\xc3\xa9", 2});
}

TEST_CASE("the time is found among other attributes")
{
    const auto entries = parse_listing(
        "ftp://h/a\t1\t(regular)\ttime::access=1 time::modified=1795000000 time::created=3\n"
        "ftp://h/b\t1\t(regular)\ttime::modified=soon\n",
        false);
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].modified == 1'795'000'000);
    CHECK(!entries[1].modified.has_value());
}

TEST_CASE("lines that are none, and names that are none, are passed over")
{
    CHECK(parse_listing("", false).empty());
    CHECK(parse_listing("\n\t\t\nname\t1\t(regular)\nsftp://h/x\tmany\t(regular)\n"
                        "sftp://h/x\t-1\t(regular)\nsftp://h/x\t1\nsftp://h/x\t1\tregular\n"
                        "sftp://h/\t1\t(regular)\nsftp://h/..\t1\t(regular)\n"
                        "sftp://h/.\t1\t(regular)\nsftp://h/a%2Fb\t1\t(regular)\n"
                        "sftp://h/a%00b\t1\t(regular)\n",
                        false)
              .empty());
}

TEST_CASE("where files have ids, their titles are their names")
{
    constexpr std::string_view text =
        "google-drive://me%40mail.test/0AB/1xYz\t5\t(regular)\t"
        "standard::display-name=duplicity-full.20240101T000000Z.vol1.difftar.gpg\n"
        "google-drive://me%40mail.test/0AB/2xYz\t6\t(regular)\t"
        "standard::display-name=two words  \n"
        "google-drive://me%40mail.test/0AB/3xYz\t7\t(regular)\n"
        "google-drive://me%40mail.test/0AB/4xYz\t8\t(regular)\tstandard::display-name=a/b\n";
    const auto entries = parse_listing(text, true);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].file == remote::Listed{"duplicity-full.20240101T000000Z.vol1.difftar.gpg", 5});
    CHECK(entries[1].file == remote::Listed{"two words  ", 6});
    CHECK(entries[2].file == remote::Listed{"3xYz", 7});
    CHECK(parse_listing(text, false)[0].file == remote::Listed{"1xYz", 5});
}

TEST_CASE("numbers are read out of what gio info prints")
{
    constexpr std::string_view text = "type: regular\nsize:  12\n"
                                      "uri: sftp://127.0.0.1:10000/t/a\n"
                                      "local path: /run/user/0/gvfs/x\n  standard::size: 99\n"
                                      "unix mount: gvfsd-fuse /run/user/0/gvfs fuse rw\n"
                                      "attributes:\n  standard::type: 1\n  standard::size: 12\n";
    CHECK(number_in_info(text, "standard::type") == 1U);
    CHECK(number_in_info(text, "standard::size") == 12U);
    CHECK(!number_in_info(text, "filesystem::free").has_value());
    CHECK(!number_in_info("  standard::size: twelve\n", "standard::size").has_value());
    CHECK(!number_in_info("standard::size: 12\n", "standard::size").has_value());
    CHECK(!number_in_info("", "standard::size").has_value());
}
