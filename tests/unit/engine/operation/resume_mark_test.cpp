#include "engine/operation/backup/resume_mark.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using operation::parse_resume_mark;
using operation::ResumeMark;

namespace {

ResumeMark example()
{
    ResumeMark mark;
    mark.sigtar_bytes = UINT64_C(1) << 40U;
    mark.statistics.source_files = 1;
    mark.statistics.new_files = 2;
    mark.statistics.raw_delta_bytes = UINT64_MAX;
    mark.statistics.errors = 3;
    return mark;
}

}  // namespace

TEST_CASE("a mark is read as it was printed, with and without a split file")
{
    auto mark = example();
    for (const bool split : {false, true}) {
        if (split) {
            // Before 1970, and with all bits of an inode's number.
            mark.split = operation::SplitFile{100, -5, 999'999'999, -7, 1, UINT64_MAX, 9, "ab01"};
        }
        const auto text = print(mark);
        CAPTURE(text);
        const auto read = parse_resume_mark(text);
        REQUIRE(read);
        CHECK(read->sigtar_bytes == mark.sigtar_bytes);
        CHECK(read->statistics.source_files == 1);
        CHECK(read->statistics.new_files == 2);
        CHECK(read->statistics.raw_delta_bytes == UINT64_MAX);
        CHECK(read->statistics.errors == 3);
        CHECK(read->split == mark.split);
    }
}

TEST_CASE("a file stored whole has no digest after reading")
{
    auto mark = example();
    mark.split = operation::SplitFile{};
    CHECK(parse_resume_mark(print(mark))->split->delta_digest.empty());
}

TEST_CASE("what is no mark is none")
{
    auto mark = example();
    mark.split = operation::SplitFile{};
    const auto text = print(mark);
    CHECK_FALSE(parse_resume_mark(""));
    CHECK_FALSE(parse_resume_mark("word"));
    CHECK_FALSE(parse_resume_mark(text + " 1"));
    CHECK_FALSE(parse_resume_mark("x" + text));
    CHECK_FALSE(parse_resume_mark("1" + std::string(20, '0') + text));
    for (std::size_t cut = text.rfind(' ') + 1; cut > 0; --cut) {
        const auto part = text.substr(0, cut);
        // A mark without a split file is the beginning of one with; every other part is none.
        CAPTURE(part);
        const auto read = parse_resume_mark(part);
        CHECK((!read || part == print(example())));
    }
}

TEST_CASE("a file is the same only while nothing of it moved")
{
    select::Metadata file;
    file.size = 10;
    file.mtime = 1;
    file.ctime = 2;
    file.inode = 3;
    auto stored = operation::split_file_of(file);
    stored.delta_digest = "of a delta";
    CHECK(is_same_file(stored, file));
    const auto differs = [&](auto select::Metadata::*field) {
        auto other = file;
        ++(other.*field);
        return !is_same_file(stored, other);
    };
    CHECK(differs(&select::Metadata::size));
    CHECK(differs(&select::Metadata::mtime));
    CHECK(differs(&select::Metadata::mtime_ns));
    CHECK(differs(&select::Metadata::ctime));
    CHECK(differs(&select::Metadata::ctime_ns));
    CHECK(differs(&select::Metadata::inode));
    CHECK(differs(&select::Metadata::device));
}
