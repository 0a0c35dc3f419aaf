#include "ctl/show/files.hpp"

#include "ctl/text/time_text.hpp"

#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace duplid::show {

namespace {

constexpr std::string_view version_columns = "{:<26}{:<26}{:<11}{:>15}  {}\n";

std::string_view type_in_words(std::string_view letter)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> words{{
        {"f", "file"},
        {"d", "directory"},
        {"l", "link"},
        {"p", "fifo"},
        {"c", "device"},
        {"b", "device"},
    }};
    for (const auto& [type, word] : words) {
        if (type == letter) {
            return word;
        }
    }
    return "other";
}

}  // namespace

std::string file_line(const proto::FileEntry& file)
{
    return ctl::local_time_text(file.mtime) + " " + file.path + "\n";
}

std::string found_line(const proto::FileEntry& file)
{
    const auto time = [](const std::optional<proto::SetName>& set) {
        return set ? ctl::local_time_text(set->time) : std::string{"-"};
    };
    return fmt::format("{} - {}: {}", time(file.first_set), time(file.last_set), file_line(file));
}

std::string versions_heading()
{
    return fmt::format(version_columns, "From set", "To set", "Type", "Bytes", "Changed");
}

std::string version_line(const proto::VersionEntry& version)
{
    const auto first = ctl::local_time_text(version.first_set.time);
    const auto last = ctl::local_time_text(version.last_set.time);
    if (!version.file) {
        return fmt::format(version_columns, first, last, "deleted", "", "");
    }
    const auto& file = *version.file;
    return fmt::format(version_columns, first, last, type_in_words(file.type),
                       file.bytes ? fmt::format("{}", *file.bytes) : "-",
                       ctl::local_time_text(file.mtime));
}

}  // namespace duplid::show
