// What --progress shows. Lines of the reference itself are the witnesses (command-line.md 4.8, and
// duplicity 0.8.22 run with --progress-rate 1).
#include "ctl/duplicity/progress_line.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace std::chrono_literals;
using duplid::duplicity::UploadFigures;
using duplid::duplicity::UploadProgress;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

UploadProgress::Clock::time_point moment(std::chrono::milliseconds since_begin)
{
    return UploadProgress::Clock::time_point{} + 1h + since_begin;
}

}  // namespace

TEST_CASE("a line has the form of the reference's")
{
    const UploadFigures at_77{8'912'896, 1, 77, 0, 2'621'440, false};
    CHECK(at_77.text() ==
          "8.5MB 00:00:01 [2.5MB/s] [===============================>         ] 77% ETA 0sec");
    const UploadFigures nothing{0, 5, 0, 5, 0, false};
    CHECK(nothing.text() ==
          "0.0KB 00:00:05 [0.0KB/s] [>                                        ] 0% ETA 5sec");
    const UploadFigures stalled{0, 11, 0, 5, 0, true};
    CHECK(stalled.text() ==
          "0.0KB 00:00:11 [0.0B/s] [>                                        ] 0% ETA Stalled!");
    const UploadFigures all{12'421'183, 15, 100, 0, 905'578, false};
    CHECK(all.text() ==
          "11.8MB 00:00:15 [884.4KB/s] [========================================>] 100% ETA 0sec");
}

TEST_CASE("words are bytes, seconds, percent, seconds left, speed, and whether it is stalled")
{
    const UploadFigures all{12'421'183, 15, 100, 0, 905'578, false};
    CHECK(all.words() == std::vector<std::string>{"12421183", "15", "100", "0", "905578", "0"});
    const UploadFigures stalled{0, 11, 0, 5, 0, true};
    CHECK(stalled.words() == std::vector<std::string>{"0", "11", "0", "5", "0", "1"});
}

TEST_CASE("the time that is left is told the more exactly the less it is")
{
    struct Row {
        std::uint64_t seconds;
        std::string expected;
    };
    for (const auto& row :
         {Row{15, "15sec"}, Row{16, "< 30sec"}, Row{31, "< 45sec"}, Row{46, "< 1min"},
          Row{60, "1min"}, Row{95, "1min 30sec"}, Row{359, "5min 30sec"}, Row{360, "6min"},
          Row{3 * 3600 + 125, "3h2min"}, Row{2 * 86400 + 3 * 3600 + 60, "2d 3h 1min"}}) {
        CAPTURE(row.seconds);
        const UploadFigures figures{0, 1, 1, row.seconds, 1, false};
        CHECK(figures.text().ends_with(" 1% ETA " + row.expected));
    }
}

TEST_CASE("a line is due once in each interval")
{
    UploadProgress progress{100 * mebibyte, 3s, moment(0ms)};
    CHECK_FALSE(progress.due_at(moment(2900ms)));
    CHECK(progress.due_at(moment(3000ms)));
    CHECK_FALSE(progress.due_at(moment(5900ms)));
    CHECK(progress.due_at(moment(6000ms)));
}

TEST_CASE("the share never goes back, and is never all before the end")
{
    UploadProgress progress{10 * mebibyte, 1s, moment(0ms)};
    progress.set_read_bytes(5 * mebibyte);
    CHECK(progress.due_at(moment(1s))->percent == 50);
    progress.set_read_bytes(4 * mebibyte);
    CHECK(progress.due_at(moment(2s))->percent == 50);
    progress.set_read_bytes(11 * mebibyte);
    CHECK(progress.due_at(moment(3s))->percent == 99);
    progress.add_uploaded_bytes(9 * mebibyte);
    const auto last = progress.at_end(moment(4s));
    CHECK(last.percent == 100);
    CHECK(last.uploaded_bytes == 9 * mebibyte);
    CHECK(last.elapsed_seconds == 4);
}

TEST_CASE("speeds are averaged, the newest counting for three tenths")
{
    // As the reference: 5 MiB within the first second, then nothing.
    UploadProgress progress{10 * mebibyte, 1s, moment(0ms)};
    progress.add_uploaded_bytes(10 * mebibyte);
    const auto first = progress.due_at(moment(1s))->bytes_per_second;
    CHECK(first == 3 * mebibyte);
    const auto second = progress.due_at(moment(2s))->bytes_per_second;
    CHECK(second > 2 * mebibyte);
    CHECK(second < 3 * mebibyte);
}

TEST_CASE("it is stalled when nothing has moved for more than five seconds, or two intervals")
{
    UploadProgress progress{10 * mebibyte, 1s, moment(0ms)};
    progress.set_read_bytes(1 * mebibyte);
    CHECK_FALSE(progress.due_at(moment(1s))->is_stalled);
    CHECK_FALSE(progress.due_at(moment(6s))->is_stalled);
    CHECK(progress.due_at(moment(7s))->is_stalled);
    progress.add_uploaded_bytes(1);
    CHECK_FALSE(progress.due_at(moment(8s))->is_stalled);

    UploadProgress slow{10 * mebibyte, 10s, moment(0ms)};
    CHECK_FALSE(slow.due_at(moment(20s))->is_stalled);
    CHECK(slow.due_at(moment(30s))->is_stalled);
}
