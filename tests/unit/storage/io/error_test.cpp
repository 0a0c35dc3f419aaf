#include "storage/io/error.hpp"

#include <cerrno>
#include <doctest/doctest.h>
#include <set>
#include <string>
#include <vector>

using namespace duplid;

TEST_CASE("context is put before the text, and nothing else changes")
{
    const Error error{Error::Kind::unreachable, "connection reset", "vol12", "try later"};
    const auto more = error.with_context("uploading volume 12").with_context("backup");
    CHECK(std::string{more.what()} == "backup: uploading volume 12: connection reset");
    CHECK(more.kind() == Error::Kind::unreachable);
    CHECK(more.object() == "vol12");
    CHECK(more.hint() == "try later");
}

TEST_CASE("detail and facts stay with an error that gains context")
{
    const auto error = Error{Error::Kind::corrupt, "differs", "vol1"}.with_detail(
        "hash_mismatch", {{"expected", "ab"}});
    const auto more = error.with_facts({{"calculated", "cd"}}).with_context("restore");
    CHECK(more.detail() == "hash_mismatch");
    CHECK(more.facts() == std::vector<ErrorFact>{{"expected", "ab"}, {"calculated", "cd"}});
    REQUIRE(more.fact("calculated") != nullptr);
    CHECK(*more.fact("calculated") == "cd");
    CHECK(more.fact("volume") == nullptr);
    CHECK(more.object() == "vol1");
}

TEST_CASE("failed system calls tell their number")
{
    const auto error = system_error(ENOSPC, "writing", "file");
    REQUIRE(error.fact("errno") != nullptr);
    CHECK(*error.fact("errno") == std::to_string(ENOSPC));
}

TEST_CASE("failed system calls say what can be done about them")
{
    struct Row {
        int number;
        Error::Kind kind;
    };
    for (const auto& row :
         {Row{ENOENT, Error::Kind::not_found}, Row{ENOTDIR, Error::Kind::not_found},
          Row{EACCES, Error::Kind::denied}, Row{EPERM, Error::Kind::denied},
          Row{EROFS, Error::Kind::denied}, Row{ENOSPC, Error::Kind::no_space},
          Row{EDQUOT, Error::Kind::no_space}, Row{EINVAL, Error::Kind::busy}}) {
        CAPTURE(row.number);
        const auto error = system_error(row.number, "opening", "/a/b", Error::Kind::busy);
        CHECK(error.kind() == row.kind);
        CHECK(error.object() == "/a/b");
        CHECK(std::string{error.what()}.starts_with("opening /a/b: "));
        CHECK(error.hint().empty() == (row.kind != Error::Kind::no_space));
    }
}

TEST_CASE("every kind has a name of its own")
{
    std::set<std::string_view> names;
    for (int kind = 0; kind <= static_cast<int>(Error::Kind::internal); ++kind) {
        CHECK(names.insert(name_of(static_cast<Error::Kind>(kind))).second);
    }
}

TEST_CASE("a disk or server that does not answer may answer later, a file too large never will")
{
    CHECK(duplid::system_error(EIO, "reading", "f").kind() == duplid::Error::Kind::unreachable);
    CHECK(duplid::system_error(ESTALE, "reading", "f").kind() == duplid::Error::Kind::unreachable);
    CHECK(duplid::system_error(EFBIG, "writing", "f").kind() == duplid::Error::Kind::no_space);
}
