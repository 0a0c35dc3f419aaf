#include "storage/remote/local_directory.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using remote::local_directory_of;

TEST_CASE("targets in a directory of this machine are told from all others")
{
    for (const auto* const url : {"file:///media/disk/x", "file:/media/disk/x",
                                  "FILE:///media/disk/x", "gio+file:///media/disk/x",
                                  "par2+file:///media/disk/x", "par2+gio+file:///media/disk/x"}) {
        CAPTURE(url);
        CHECK(local_directory_of(url, "") == "/media/disk/x");
    }
    for (const auto* const url : {"sftp://host//media/disk/x", "par2+sftp://host//x",
                                  "rsync://host//x", "gio+sftp://host/x", "rclone://disk:x",
                                  "multi:///etc/members.json?mode=mirror", "s3://host/bucket/x"}) {
        CAPTURE(url);
        CHECK_FALSE(local_directory_of(url, "/here"));
    }
}

TEST_CASE("a relative one is below where somebody stands, and nowhere if nobody does")
{
    CHECK(local_directory_of("file://backup", "/home/ann") == "/home/ann/backup");
    CHECK_THROWS_AS(static_cast<void>(local_directory_of("file://backup", "")), Error);
}
