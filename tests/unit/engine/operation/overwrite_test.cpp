#include "engine/operation/restore/overwrite.hpp"

#include "engine/operation/object/old_content.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>

using namespace duplid;
using operation::Overwrite;

namespace {

/// What an OldContent over a file of `old` leaves in a new file when `next` is written in pieces.
std::string written(const std::string& old, const std::string& next, std::size_t piece, bool& same)
{
    const io::TempDirectory directory;
    const auto path = directory.path() + "/old";
    io::replace_file(path, io::view_of(old));
    io::MemorySink fresh;
    int begun = 0;
    operation::OldContent content{io::open_file(path, O_RDONLY), path, [&]() -> io::Sink& {
                                      ++begun;
                                      return fresh;
                                  }};
    for (std::size_t at = 0; at < next.size(); at += piece) {
        content.write(io::view_of(next.substr(at, piece)));
    }
    content.finish();
    same = content.is_same();
    CHECK(begun == (same ? 0 : 1));
    return std::string{io::text_of(fresh.view())};
}

}  // namespace

TEST_CASE("who gives way follows from the rule and the times alone")
{
    struct stat there {};
    there.st_mtim.tv_sec = 100;
    struct Row {
        Overwrite overwrite;
        std::int64_t mtime;
        bool expected;
    };
    for (const auto& row : {Row{Overwrite::always, 1, true}, Row{Overwrite::changed, 1, true},
                            Row{Overwrite::newer, 99, false}, Row{Overwrite::newer, 100, false},
                            Row{Overwrite::newer, 101, true}, Row{Overwrite::never, 101, false}}) {
        CAPTURE(static_cast<int>(row.overwrite));
        CAPTURE(row.mtime);
        tar::Header header;
        header.mtime = row.mtime;
        CHECK(operation::gives_way(row.overwrite, there, header) == row.expected);
    }
}

TEST_CASE("content that is the same is left alone, and other content arrives whole")
{
    const std::string base(300'000, 'x');
    for (const std::string& next :
         {base, base + "more", base.substr(0, 1000), std::string{}, "y" + base.substr(1),
          base.substr(0, 299'999) + "y", base.substr(0, 131'072) + "y" + base.substr(131'073)}) {
        for (const std::size_t piece : {std::size_t{1000}, std::size_t{131'072}, next.size() + 1}) {
            CAPTURE(next.size());
            CAPTURE(piece);
            bool same = false;
            const auto fresh = written(base, next, piece, same);
            CHECK(same == (next == base));
            CHECK((same || fresh == next));
        }
    }
    bool same = false;
    CHECK(written("", "", 1, same).empty());
    CHECK(same);
}
