#include "ctl/show/proof.hpp"

#include "ctl/show/report.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"

#include <charconv>
#include <fmt/format.h>

namespace duplid::show {

namespace {

std::string time_in_words(const std::string& seconds)
{
    std::int64_t number = 0;
    const auto* const end = seconds.data() + seconds.size();
    const auto result = std::from_chars(seconds.data(), end, number);
    return result.ec == std::errc{} && result.ptr == end ? ctl::local_time_text(number)
                                                         : printable(seconds);
}

std::string spoiled_line(const proto::SpoiledStates& states)
{
    auto text =
        states.from == states.until
            ? fmt::format("The state of {} cannot be restored whole",
                          ctl::local_time_text(states.from))
            : fmt::format("The states from {} to {} cannot be restored whole",
                          ctl::local_time_text(states.from), ctl::local_time_text(states.until));
    text += states.next ? fmt::format("; from {} on all is well again.\n",
                                      ctl::local_time_text(*states.next))
                        : ", and there is no newer one.\n";
    return text;
}

unsigned percent_of(std::uint64_t part, std::uint64_t whole)
{
    // Rounded down: 100 means all of it.
    return whole == 0 ? 100U
                      : static_cast<unsigned>(static_cast<double>(part) * 100 /
                                              static_cast<double>(whole));
}

}  // namespace

std::string object_line(const proto::ObjectEvent& event)
{
    return fmt::format("{:<10} {}\n", event.effect, printable(event.path));
}

std::string difference_line(const proto::DifferenceEvent& event)
{
    const auto path = printable(event.path);
    const auto found = printable(event.found);
    const auto expected = printable(event.expected);
    const auto sentence = [&]() -> std::string {
        if (event.aspect == "new") {
            return fmt::format("New file {}", path);
        }
        if (event.aspect == "missing") {
            return fmt::format("File {} is missing", path);
        }
        if (event.aspect == "mtime") {
            return fmt::format("File {} has mtime {}, expected {}", path,
                               time_in_words(event.found), time_in_words(event.expected));
        }
        if (event.aspect == "data") {
            return fmt::format("Data for file {} is different", path);
        }
        if (event.aspect == "link") {
            return fmt::format("Symlink {} points to {}, expected {}", path, found, expected);
        }
        if (event.aspect == "device") {
            return fmt::format("Device file {} has numbers {}, expected {}", path, found, expected);
        }
        return fmt::format("File {} has {} {}, expected {}", path, printable(event.aspect), found,
                           expected);
    }();
    return fmt::format("Difference found: {}\n", sentence);
}

std::string verify_report(const proto::VerifyReport& report)
{
    auto text = fmt::format(
        "Verified {} ({}) of {}: content of {} by SHA-256, of {} by signature, of {} by the hashes "
        "of volumes.\n",
        counted(report.files, "file"), ctl::size_in_words(report.bytes), set_in_words(report.set),
        report.by_sha256, report.by_signature, report.by_volume);
    if (report.damaged > 0) {
        text += fmt::format("{} damaged.\n", counted(report.damaged, "file"));
    }
    if (report.with_directory) {
        text += report.with_data ? "Metadata and content were compared.\n"
                                 : "Metadata were compared, content was not.\n";
        text += fmt::format("Verify complete: {} compared, {} found.\n",
                            counted(report.compared, "file"),
                            counted(report.differences, "difference"));
    }
    return text;
}

std::string read_back_line(std::uint64_t recent_bytes, std::uint64_t total_bytes,
                           std::uint64_t days)
{
    return fmt::format("{}% of the data were read back in the last {} days.\n",
                       percent_of(recent_bytes, total_bytes), days);
}

std::string check_report(const proto::CheckReport& report)
{
    auto text = fmt::format("Checked {} in {}: {} ({}).\n", counted(report.sets, "set"),
                            counted(report.chains, "chain"), counted(report.files, "file"),
                            ctl::size_in_words(report.total_bytes));
    if (report.read_files > 0) {
        text += fmt::format("Read back {} ({}).\n", counted(report.read_files, "file"),
                            ctl::size_in_words(report.read_bytes));
    }
    text += read_back_line(report.recent_bytes, report.total_bytes, report.recent_days);
    for (const auto& states : report.spoiled) {
        text += spoiled_line(states);
    }
    text += report.damaged > 0 ? fmt::format("{} found.\n", counted(report.damaged, "fault"))
                               : std::string{"No fault found.\n"};
    return text;
}

}  // namespace duplid::show
