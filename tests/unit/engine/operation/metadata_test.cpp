#include "engine/operation/object/metadata.hpp"

#include <doctest/doctest.h>
#include <functional>
#include <vector>

using namespace duplid;
using operation::Difference;

namespace {

select::Entry file_entry()
{
    select::Entry entry;
    entry.key = "f";
    entry.type = select::Type::regular;
    entry.mode = 0644;
    entry.uid = 1;
    entry.gid = 2;
    entry.size = 100;
    entry.mtime = 1000;
    entry.mtime_ns = 5;
    entry.ctime = 2000;
    entry.ctime_ns = 6;
    entry.inode = 7;
    entry.device = 8;
    return entry;
}

cache::StateRow row_of(const select::Entry& entry)
{
    cache::StateRow row;
    operation::put_row(entry, {}, row);
    return row;
}

}  // namespace

TEST_CASE("each part of a file's metadata decides as it should")
{
    struct Row {
        const char* what;
        std::function<void(select::Entry&)> change;
        Difference expected;
    };
    const Row rows[] = {
        {"nothing", [](auto&) {}, Difference::none},
        {"type", [](auto& e) { e.type = select::Type::directory; }, Difference::replaced},
        {"mode", [](auto& e) { e.mode = 0600; }, Difference::changed},
        {"owner", [](auto& e) { e.uid = 9; }, Difference::changed},
        {"group", [](auto& e) { e.gid = 9; }, Difference::changed},
        {"time", [](auto& e) { e.mtime = 1001; }, Difference::changed},
        {"nanoseconds", [](auto& e) { e.mtime_ns = 50; }, Difference::changed},
        {"size", [](auto& e) { e.size = 101; }, Difference::changed},
        {"change time", [](auto& e) { e.ctime = 2001; }, Difference::look_inside},
        {"inode", [](auto& e) { e.inode = 70; }, Difference::look_inside},
        {"device", [](auto& e) { e.device = 80; }, Difference::none},
        {"another name given to it",
         [](auto& e) {
             e.nlink = 2;
             e.ctime_ns = 7;
         },
         Difference::changed},
        // The number of names cannot move without the change time.
        {"number of names alone", [](auto& e) { e.nlink = 2; }, Difference::none},
    };
    const auto row = row_of(file_entry());
    for (const auto& one : rows) {
        CAPTURE(one.what);
        auto entry = file_entry();
        one.change(entry);
        CHECK(operation::compare(entry, row) == one.expected);
    }
}

TEST_CASE("what duplicity's own signatures do not tell is not compared")
{
    auto row = row_of(file_entry());
    row.known = 0;
    auto entry = file_entry();
    entry.size = 1;
    entry.mtime_ns = 1;
    entry.ctime = 1;
    entry.inode = 1;
    CHECK(operation::compare(entry, row) == Difference::none);
    CHECK(operation::fingerprint_differs(entry, row));
}

TEST_CASE("a file that changed under our hands is stored again whatever its metadata say")
{
    auto row = row_of(file_entry());
    row.suspect = true;
    CHECK(operation::compare(file_entry(), row) == Difference::changed);
}

TEST_CASE("times before 1970 are all the same")
{
    auto entry = file_entry();
    entry.mtime = -86400;
    entry.mtime_ns = 0;
    const auto row = row_of(entry);
    entry.mtime = -5;
    CHECK(operation::compare(entry, row) == Difference::none);
}

TEST_CASE("one of several names is stored again when its group's numbers moved, or the others went")
{
    auto entry = file_entry();
    entry.nlink = 3;
    const auto row = row_of(entry);
    CHECK(operation::compare(entry, row) == Difference::none);
    entry.ctime = 2001;
    CHECK(operation::compare(entry, row) == Difference::look_inside);
    entry.nlink = 2;
    CHECK(operation::compare(entry, row) == Difference::look_inside);
    entry.device = 80;
    CHECK(operation::compare(entry, row) == Difference::changed);
    entry.device = 8;
    entry.inode = 70;
    CHECK(operation::compare(entry, row) == Difference::changed);
    entry.inode = 7;
    entry.nlink = 1;
    CHECK(operation::compare(entry, row) == Difference::changed);
}

TEST_CASE("whatever has no content is looked at when its change time moved, for its attributes")
{
    for (const auto type : {select::Type::directory, select::Type::symlink, select::Type::fifo,
                            select::Type::character}) {
        CAPTURE(static_cast<int>(type));
        auto entry = file_entry();
        entry.type = type;
        entry.size = 0;
        auto row = row_of(entry);
        CHECK(operation::compare(entry, row) == Difference::none);
        entry.inode = 70;
        CHECK(operation::compare(entry, row) == Difference::none);
        entry.ctime = 2001;
        CHECK(operation::compare(entry, row) == Difference::look_inside);
        row.known = 0;
        CHECK(operation::compare(entry, row) == Difference::none);
    }
}

TEST_CASE("what was found but not stored has the fingerprint found, and the rest as it was stored")
{
    auto stored = row_of(file_entry());
    stored.attributes = "digest";
    stored.linked = true;
    stored.sig_set = 3;
    stored.sig_offset = 4;
    stored.sig_bytes = 5;
    auto entry = file_entry();
    entry.ctime = 2001;
    cache::StateRow row;
    operation::put_refreshed_row(entry, stored, row);
    auto expected = stored;
    expected.ctime = 2001;
    CHECK(row == expected);
}

TEST_CASE("links are compared by their text, devices by their numbers")
{
    auto link = file_entry();
    link.type = select::Type::symlink;
    link.link_target = "a";
    const auto link_row = row_of(link);
    link.mtime = 1;
    link.mode = 0;
    CHECK(operation::compare(link, link_row) == Difference::none);
    link.link_target = "b";
    CHECK(operation::compare(link, link_row) == Difference::changed);

    auto device = file_entry();
    device.type = select::Type::block;
    device.rdev_major = 8;
    const auto device_row = row_of(device);
    device.mtime = 1;
    CHECK(operation::compare(device, device_row) == Difference::none);
    device.rdev_minor = 1;
    CHECK(operation::compare(device, device_row) == Difference::changed);
}

TEST_CASE("a row comes back out of a sigtar as precise as it was")
{
    operation::Owners owners;
    auto entry = file_entry();
    entry.uid = 3'000'000;  // without a name on any machine
    entry.gid = 3'000'001;
    entry.inode = 0xffff'ffff'ffff'fff0U;
    entry.ctime = -3;
    entry.nlink = 2;
    tar::Header header;
    operation::put_header(entry, owners, header);
    operation::add_sigtar_records(entry, "digest", header);
    cache::StateRow row;
    operation::put_row(header, "f", owners, false, row);
    auto expected = row_of(entry);
    expected.attributes = "digest";
    CHECK(row == expected);
    CHECK(row.linked);
    CHECK(operation::mtime_ns_of(header) == 5);
}

TEST_CASE("an entry has the records that say something of it, and no others")
{
    using Records = std::vector<tar::PaxRecord>;
    const auto records = [](const select::Entry& entry, const operation::Attributes& attributes) {
        tar::Header header;
        operation::add_volume_records(entry, attributes, header);
        return header.extra;
    };
    auto entry = file_entry();
    entry.mtime_ns = 0;
    entry.allocated_bytes = 4096;
    entry.nlink = 1;
    CHECK(records(entry, {}).empty());
    entry.mtime_ns = 1;
    CHECK(records(entry, {}) == Records{{"mtime", "1000.000000001"}});
    entry.nlink = 2;
    entry.allocated_bytes = 0;
    CHECK(records(entry, {{"user.a", "b"}}) == Records{{"mtime", "1000.000000001"},
                                                       {"DUPLID.link", "8:7"},
                                                       {"DUPLID.sparse", "0"},
                                                       {"SCHILY.xattr.user.a", "b"}});
    entry.type = select::Type::directory;
    entry.size = 0;
    entry.mtime = -1;
    CHECK(records(entry, {}).empty());
}

TEST_CASE("a fraction that belongs to another second is not taken")
{
    tar::Header header;
    header.mtime = 1000;
    for (const char* time : {"1001.5", "x", "", "1000", "1000.0000000001", "-1000.5"}) {
        CAPTURE(time);
        header.extra = {{"mtime", time}};
        CHECK(operation::mtime_ns_of(header) == 0);
    }
    header.extra = {{"mtime", "1000.25"}};
    CHECK(operation::mtime_ns_of(header) == 250'000'000);
}

TEST_CASE("a private record that is not ours is passed over")
{
    operation::Owners owners;
    for (const char* value : {"", "1", "1 2 3 4 5", "1 2 3 4 5 6 7", "1  2 3 4 5 6", "a b c d e f",
                              "1 2 3 4 5 99999999999999999999999"}) {
        CAPTURE(value);
        tar::Header header;
        header.extra = {{"DUPLID.stat", value}};
        cache::StateRow row;
        operation::put_row(header, "f", owners, true, row);
        CHECK(row.known == 0);
    }
}
