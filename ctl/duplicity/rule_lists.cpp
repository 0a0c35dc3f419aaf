#include "ctl/duplicity/rule_lists.hpp"

#include "ctl/duplicity/fatal.hpp"
#include "ctl/process/fd.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace duplid::duplicity {

namespace {

constexpr std::size_t list_bytes_max = std::size_t{64} << 20;

Fatal cannot_open(const std::string& path)
{
    return Fatal{ErrorCode::cant_open_filelist, fmt::format("Error opening file {}", path)};
}

ctl::Fd open_list(const std::string& path)
{
    ctl::Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file.is_open()) {
        throw cannot_open(path);
    }
    return file;
}

std::string content_of(const ctl::Fd& file, const std::string& path)
{
    std::string content;
    std::array<char, 1 << 16> buffer{};
    while (true) {
        const auto count = ::read(file.get(), buffer.data(), buffer.size());
        if (count == 0) {
            return content;
        }
        if (count < 0 && errno != EINTR) {
            throw cannot_open(path);
        }
        content.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
        if (content.size() > list_bytes_max) {
            throw Fatal{ErrorCode::cant_open_filelist,
                        fmt::format("The list {} is too long", path)};
        }
    }
}

std::string_view stripped(std::string_view line)
{
    constexpr std::string_view blanks = " \t\r\n\v\f";
    const auto first = line.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

std::string_view unquoted(std::string_view text)
{
    if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
        text.back() == text.front()) {
        return text.substr(1, text.size() - 2);
    }
    return text;
}

}  // namespace

std::optional<std::string> read_passing_list(const std::string& path)
{
    // Opened once: what is written into a pipe goes to the first who opens it.
    const auto file = open_list(path);
    struct stat status {};
    const bool is_file = ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode);
    // A redirected standard input is a file, but not the daemon's standard input.
    if (is_file && !path.starts_with("/dev/") && !path.starts_with("/proc/")) {
        return std::nullopt;
    }
    return content_of(file, path);
}

std::vector<proto::RuleParams> rules_in(std::string_view list, char separator,
                                        const std::string& kind)
{
    std::vector<proto::RuleParams> rules;
    while (!list.empty()) {
        const auto end = std::min(list.find(separator), list.size());
        auto line = stripped(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        auto line_kind = kind;
        if (line.starts_with("+ ") || line.starts_with("- ")) {
            line_kind = line.front() == '+' ? "include" : "exclude";
            line.remove_prefix(2);
        }
        rules.push_back({.kind = line_kind, .value = std::string{unquoted(line)}, .time = {}});
    }
    return rules;
}

std::vector<proto::RuleParams> names_in(std::string_view list, char separator)
{
    std::vector<proto::RuleParams> names;
    do {
        const auto end = std::min(list.find(separator), list.size());
        names.push_back(
            {.kind = "named-path", .value = std::string{list.substr(0, end)}, .time = {}});
        list.remove_prefix(std::min(end + 1, list.size()));
    } while (!list.empty());
    return names;
}

}  // namespace duplid::duplicity
