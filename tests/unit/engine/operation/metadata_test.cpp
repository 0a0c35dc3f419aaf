#include "engine/operation/metadata.hpp"

#include <doctest/doctest.h>
#include <functional>

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
    tar::Header header;
    operation::put_header(entry, owners, header);
    header.extra.assign(1, operation::stat_record(entry));
    cache::StateRow row;
    operation::put_row(header, "f", owners, false, row);
    CHECK(row == row_of(entry));
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
