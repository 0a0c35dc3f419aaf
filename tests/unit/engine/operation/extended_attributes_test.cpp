// Goal: attributes come back from records byte for byte, and nothing that an archive says leads to
// one that is not restored. Method: the bytes of the records are written out by hand; files on disk
// are read with the system's own calls.
#include "engine/operation/object/extended_attributes.hpp"

#include "storage/io/bytes.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>
#include <sys/xattr.h>
#include <unistd.h>

using namespace duplid;
using namespace std::string_literals;
using operation::Attribute;
using operation::Attributes;

namespace {

tar::Header header_with(std::vector<tar::PaxRecord> records)
{
    tar::Header header;
    header.extra = std::move(records);
    return header;
}

/// A file that the file system lets us put user attributes on, if it does.
struct File {
    io::TempDirectory temporary;
    std::string path = temporary.path() + "/f";
    io::Fd fd = io::open_file(path, O_RDWR | O_CREAT);

    bool set(const char* name, const std::string& value) const
    {
        return ::setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
    }
};

}  // namespace

TEST_CASE("text stands as it is, anything else as base64, and odd names are spelt out")
{
    struct Row {
        Attribute attribute;
        tar::PaxRecord record;
    };
    const Row rows[] = {
        {{"user.a", "text"}, {"SCHILY.xattr.user.a", "text"}},
        {{"user.a", ""}, {"SCHILY.xattr.user.a", ""}},
        {{"user.a", "line\nž"}, {"SCHILY.xattr.user.a", "line\nž"}},
        {{"user.a", "\xff"}, {"LIBARCHIVE.xattr.user.a", "/w=="}},
        {{"user.a", "a\0b"s}, {"LIBARCHIVE.xattr.user.a", "YQBi"}},
        {{"user.=%", "x"}, {"SCHILY.xattr.user.%3D%25", "x"}},
        {{"user.ž\n ", "x"}, {"SCHILY.xattr.user.%C5%BE%0A%20", "x"}},
        {{"trusted.t", "x"}, {"SCHILY.xattr.trusted.t", "x"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.record.keyword);
        tar::Header header;
        operation::add_attribute_records({row.attribute}, header);
        CHECK(header.extra == std::vector{row.record});
        CHECK(operation::attributes_of(header) == Attributes{row.attribute});
    }
}

TEST_CASE("libarchive's base64 without padding is understood")
{
    const auto header = header_with({{"LIBARCHIVE.xattr.user.a", "/w"}});
    CHECK(operation::attributes_of(header) == Attributes{{"user.a", "\xff"}});
}

TEST_CASE("of several records of one name the last counts, and names come sorted")
{
    const auto header = header_with({{"SCHILY.xattr.user.b", "1"},
                                     {"SCHILY.xattr.user.a", "2"},
                                     {"LIBARCHIVE.xattr.user.b", "AA=="},
                                     {"SCHILY.xattr.user.a", "3"}});
    CHECK(operation::attributes_of(header) == Attributes{{"user.a", "3"}, {"user.b", "\0"s}});
}

TEST_CASE("records that are malformed, and attributes that are not restored, are passed over")
{
    const std::string long_name(252, 'n');
    for (const auto& keyword :
         {"SCHILY.xattr."s, "SCHILY.xattr.user."s, "SCHILY.xattr.user.%"s, "SCHILY.xattr.user.%4"s,
          "SCHILY.xattr.user.%zz"s, "SCHILY.xattr.user.%00"s, "SCHILY.xattr.user.a%00b"s,
          "SCHILY.xattr.user"s, "SCHILY.xattr.security.selinux"s, "SCHILY.xattr.security.ima"s,
          "SCHILY.xattr.system.nfs4_acl"s, "SCHILY.xattr.../../etc/passwd"s, "SCHILY.acl.access"s,
          "SCHILY.xattr.system.posix_acl_access2"s, "SCHILY.xattr.user." + long_name,
          "LIBARCHIVE.xattr.user.%2"s}) {
        CAPTURE(keyword);
        CHECK(operation::attributes_of(header_with({{keyword, "eA=="}})).empty());
    }
    for (const char* value : {"=", "a", "====", "a===", "ab=c", "ab\n=", "\xff"}) {
        CAPTURE(value);
        CHECK(operation::attributes_of(header_with({{"LIBARCHIVE.xattr.user.a", value}})).empty());
    }
}

TEST_CASE("as many records as a header can have are read without a quadratic effort")
{
    tar::Header header;
    for (int number = 0; number < 60'000; ++number) {
        header.extra.push_back({"SCHILY.xattr.user." + std::to_string(number), ""});
    }
    CHECK(operation::attributes_of(header).size() == 60'000);
}

TEST_CASE("the digest tells names, values and their borders apart")
{
    const auto digest = [](Attributes attributes) {
        return operation::attributes_digest(attributes);
    };
    CHECK(digest({}).empty());
    CHECK(digest({{"user.a", "b"}}) == digest({{"user.a", "b"}}));
    CHECK(digest({{"user.a", "b"}}) != digest({{"user.ab", ""}}));
    CHECK(digest({{"user.a", "b"}}) != digest({{"user.a", "c"}}));
    CHECK(digest({{"user.a", ""}, {"user.b", ""}}) != digest({{"user.a", "user.b"}}));
}

TEST_CASE("attributes of an open file and of a mere handle are read and set")
{
    const File file;
    if (!file.set("user.text", "value")) {
        MESSAGE("this file system has no user attributes");
        return;
    }
    REQUIRE(file.set("user.binary", "\0\xff"s));
    REQUIRE(file.set("user.long", std::string(1000, 'l')));
    const Attributes expected{
        {"user.binary", "\0\xff"s}, {"user.long", std::string(1000, 'l')}, {"user.text", "value"}};
    CHECK(operation::read_attributes(file.fd.get(), "f") == expected);

    const io::Fd handle{::open(file.path.c_str(), O_PATH | O_CLOEXEC)};
    CHECK(operation::read_attributes(handle.get(), "f") == expected);
    CHECK(operation::set_attribute(handle.get(), {"user.text", "another"}) == 0);
    char value[16] = {};
    CHECK(::getxattr(file.path.c_str(), "user.text", value, sizeof value) == 7);
    CHECK(std::string{value} == "another");
}

TEST_CASE("a link's own attributes are read through a handle, not those of what it points to")
{
    const File file;
    const auto link = file.temporary.path() + "/l";
    REQUIRE(::symlink("f", link.c_str()) == 0);
    if (!file.set("user.of-the-file", "x")) {
        MESSAGE("this file system has no user attributes");
        return;
    }
    const io::Fd handle{::open(link.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    CHECK(operation::read_attributes(handle.get(), "l").empty());
    if (::lsetxattr(link.c_str(), "trusted.of-the-link", "y", 1, 0) == 0) {
        CHECK(operation::read_attributes(handle.get(), "l") ==
              Attributes{{"trusted.of-the-link", "y"}});
    }
}

TEST_CASE("more attributes than a header can hold are refused by name")
{
    const io::Fd fd{::open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    const std::string value(60'000, '\xff');
    int set = 0;
    while (set < 12 && fd &&
           ::fsetxattr(fd.get(), ("user." + std::to_string(set)).c_str(), value.data(),
                       value.size(), 0) == 0) {
        ++set;
    }
    if (set < 12) {
        MESSAGE("no file system at hand holds 700 KiB of attributes");
        return;
    }
    CHECK_THROWS_WITH_AS((void)operation::read_attributes(fd.get(), "a file"),
                         "the extended attributes of a file are more than 768 KiB and are left out",
                         Error);
}
