#include "engine/volume/member.hpp"

#include "storage/io/error.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace std::string_literals;

// The names are those of archive-format.md 4.2 and 5.1, as duplicity 0.8.22 writes them.

TEST_CASE("difftar and sigtar names are duplicity's")
{
    using volume::Container;
    using volume::MemberKind;
    struct Row {
        Container container;
        MemberKind kind;
        std::string key;
        tar::Type type;
        std::string name;
    };
    const Row rows[] = {
        {Container::difftar, MemberKind::snapshot, "", tar::Type::directory, "snapshot/./"},
        {Container::sigtar, MemberKind::snapshot, "", tar::Type::directory, "snapshot/"},
        {Container::difftar, MemberKind::snapshot, "", tar::Type::regular, "snapshot/"},
        {Container::sigtar, MemberKind::signature, "", tar::Type::regular, "signature/"},
        {Container::difftar, MemberKind::snapshot, "a\0b"s, tar::Type::directory, "snapshot/a/b/"},
        {Container::difftar, MemberKind::diff, "a\0b"s, tar::Type::regular, "diff/a/b"},
        {Container::difftar, MemberKind::deleted, "d", tar::Type::directory, "deleted/d"},
        {Container::sigtar, MemberKind::signature, "x", tar::Type::regular, "signature/x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        std::string name;
        volume::put_member_name(row.container, row.kind, row.key, row.type, name);
        CHECK(name == row.name);
        tar::Header header;
        header.name = name;
        header.type = row.type;
        const auto member = volume::member_of(header);
        CHECK(member.key == row.key);
        CHECK(member.kind == row.kind);
        CHECK_FALSE(member.block.has_value());
    }
}

TEST_CASE("blocks of a split file carry their number")
{
    std::string name;
    volume::put_block_name(volume::MemberKind::snapshot, "a\0b"s, 12, name);
    CHECK(name == "multivol_snapshot/a/b/12");
    volume::put_block_name(volume::MemberKind::snapshot, "", 1, name);
    CHECK(name == "multivol_snapshot/./1");
    tar::Header header;
    header.name = "multivol_diff/a/7";
    const auto member = volume::member_of(header);
    CHECK(member.key == "a");
    CHECK(member.kind == volume::MemberKind::diff);
    CHECK(member.block == 7);
}

TEST_CASE("names that lead outside or that nobody writes are refused")
{
    for (const char* name : {"snapshot/../x", "snapshot/a/../../x", "diff/..",
                             "multivol_snapshot/../1", "other/x", "multivol_snapshot/a/x",
                             "multivol_snapshot/a/", "multivol_snapshot", "", "/etc/passwd"}) {
        CAPTURE(name);
        tar::Header header;
        header.name = name;
        try {
            (void)volume::member_of(header);
            FAIL("was accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::corrupt);
        }
    }
}

TEST_CASE("an absolute path in a name is taken below the root")
{
    tar::Header header;
    header.name = "snapshot//etc/passwd";
    CHECK(volume::member_of(header).key == "etc\0passwd"s);
}
