#include "ctl/duplicity/help.hpp"

#include "ctl/duplicity/option_table.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace duplid::duplicity {

namespace {

constexpr std::size_t names_column = 24;
constexpr std::size_t line_width = 79;

constexpr std::string_view forms =
    "Usage: \n"
    "  duplicity [full|incremental] [options] source_dir target_url\n"
    "  duplicity [restore] [options] source_url target_dir\n"
    "  duplicity verify [options] source_url target_dir\n"
    "  duplicity collection-status [options] target_url\n"
    "  duplicity list-current-files [options] target_url\n"
    "  duplicity cleanup [options] target_url\n"
    "  duplicity remove-older-than time [options] target_url\n"
    "  duplicity remove-all-but-n-full count [options] target_url\n"
    "  duplicity remove-all-inc-of-but-n-full count [options] target_url\n"
    "  duplicity replicate source_url target_url\n";

constexpr std::array<std::string_view, 17> targets{
    "azure://container_name",
    "boto3+s3://bucket_name[/prefix]",
    "file:///some_dir",
    "ftp[es|s]://user[:password]@other.host[:port]/some_dir",
    "gio+dav[s]|ftp|sftp|smb://[user@]other.host[:port]/some_dir",
    "gio+file:///some_dir",
    "gs://bucket[/prefix]",
    "imap[s]://user[:password]@host.com[/from_address_prefix]",
    "multi:///path/to/config.json",
    "par2+ before any other URL",
    "rclone://remote:/some_dir",
    "rsync://user[:password]@other.host[:port]::/module/some_dir",
    "s3://other.host[:port]/bucket_name[/prefix]",
    "scp://user[:password]@other.host[:port]/some_dir",
    "sftp://user[:password]@other.host[:port]/some_dir",
    "swift://container_name[/prefix]",
    "webdav[s]://user[:password]@other.host/some_dir",
};

/// As optparse shows it: "-r path, --file-to-restore=path".
std::string names_of(const Option& option)
{
    std::string text;
    each_name(option, [&](std::string_view name) {
        text += text.empty() ? "" : ", ";
        text += name;
        if (!option.metavar.empty()) {
            text += fmt::format("{}{}", name.starts_with("--") ? '=' : ' ', option.metavar);
        }
    });
    return text;
}

/// `about` beside or below the names, broken between words.
std::string entry(const std::string& names, std::string_view about)
{
    std::string text = "  " + names;
    text += text.size() + 2 > names_column ? "\n" + std::string(names_column, ' ')
                                           : std::string(names_column - text.size(), ' ');
    std::size_t column = names_column;
    while (!about.empty()) {
        const auto end = std::min(about.find(' '), about.size());
        if (column + end > line_width && column > names_column) {
            text += "\n" + std::string(names_column, ' ');
            column = names_column;
        }
        text += about.substr(0, end);
        column += end + 1;
        about.remove_prefix(std::min(end + 1, about.size()));
        text += about.empty() ? "" : " ";
    }
    return text + "\n";
}

}  // namespace

std::string usage_text()
{
    std::string text{forms};
    text += "\nBackends and their URL formats:\n";
    for (const auto target : targets) {
        text += fmt::format("  {}\n", target);
    }
    text += "\nCommands:\n";
    for (const auto& action : action_texts()) {
        text += fmt::format("  {}\n", action.usage);
    }
    return text + "\n\n";
}

std::string help_text()
{
    auto text = usage_text() + "\nOptions:\n";
    auto section = Section::general;
    for (const auto& option : options()) {
        if (option.section == Section::hidden) {
            continue;
        }
        if (option.section != section) {
            section = option.section;
            text += fmt::format("\n  {}:\n", title(section));
        }
        text += entry(names_of(option), option.about);
    }
    return text;
}

std::string version_text(std::string_view program, const CompatVersion& compat)
{
    return fmt::format("{} {}\n", program, compat.text);
}

}  // namespace duplid::duplicity
