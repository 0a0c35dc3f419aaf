#include "ctl/show/changes.hpp"

#include "ctl/show/report.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace duplid::show {

namespace {

constexpr std::string_view rule_line = "-------------------------\n";

std::string_view word_of(proto::ChangeKind kind)
{
    for (const auto& choice : choices_of(kind)) {
        if (choice.value == static_cast<int>(kind)) {
            return choice.name;
        }
    }
    return "other";
}

/// duplicity's words for what a set did to a file.
std::string_view set_word_of(proto::ChangeKind kind, bool capital)
{
    switch (kind) {
    case proto::ChangeKind::added:
        return capital ? "New" : "new";
    case proto::ChangeKind::changed:
        return capital ? "Changed" : "changed";
    case proto::ChangeKind::removed:
        return capital ? "Deleted" : "deleted";
    default:
        return word_of(kind);
    }
}

/// How many characters of UTF-8 there are. duplicity makes a column as wide as the longest name has
/// bytes, and then fills it up by characters.
std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0U) != 0x80U; }));
}

/// As manifests quote a name (archive-format.md 3.3).
std::string quoted_name(std::string_view name)
{
    constexpr std::string_view special = " \t\n\r\v\f\\\"'";
    if (name.find_first_of(special) == std::string_view::npos) {
        return std::string{name};
    }
    std::string text{"\""};
    for (const char c : name) {
        if (special.find(c) == std::string_view::npos) {
            text += c;
        } else {
            text += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        }
    }
    return text + '"';
}

std::string option_in_words(const proto::RuleParams& option)
{
    return option.value.empty() ? "--" + option.kind
                                : fmt::format("--{} '{}'", option.kind, printable(option.value));
}

std::string fate_in_words(proto::Fate fate)
{
    switch (fate) {
    case proto::Fate::stored:
        return "is stored";
    case proto::Fate::left_out:
        return "is left out";
    case proto::Fate::scanned:
        return "is looked through, and stored if anything below it is";
    case proto::Fate::other:
        break;
    }
    return "meets a fate that this program does not know";
}

}  // namespace

std::string difference_line(const proto::DifferenceEntry& difference)
{
    auto text = fmt::format("{:<11}{}", word_of(difference.change), difference.path);
    if (!difference.error.empty()) {
        text += ": " + printable(difference.error);
    }
    return text + "\n";
}

std::string comparison_end(const proto::CompareReply& reply)
{
    return fmt::format("Compared {} of {} with {}: {}.\n", counted(reply.compared, "path"),
                       set_in_words(reply.before),
                       reply.after ? set_in_words(*reply.after) : "the directory",
                       counted(reply.differences, "difference"));
}

std::string file_changes(const std::string& path, const std::vector<proto::ChangeEntry>& changes)
{
    std::string text{rule_line};
    text += fmt::format("File: {}\nTotal number of backup: {}\n", printable(path), changes.size());
    text += fmt::format("{:>20}   {:>30}  {:>20}\n",
                        "Type of backup set:", "Time:", "Type of file change:");
    for (const auto& change : changes) {
        const bool full = change.set.type == proto::SetType::full;
        text +=
            fmt::format("{:>20}   {:>30}  {:>20}\n", full ? "Full" : "Incremental",
                        ctl::local_time_text(change.set.time), set_word_of(change.change, true));
    }
    text += rule_line;
    return text;
}

std::string set_changes(const proto::SetName& set, const std::vector<proto::ChangeEntry>& changes)
{
    constexpr std::string_view heading = "File:";
    constexpr std::size_t second_column = 2 + 20;
    std::size_t width = heading.size();
    std::vector<std::string> names;
    for (const auto& change : changes) {
        names.push_back(quoted_name(change.path));
        width = std::max(width, names.back().size());
    }
    std::string text{rule_line};
    text += fmt::format(" Backup set time: {}\nTotal number of changes: {}\n",
                        ctl::local_time_text(set.time), changes.size());
    text += fmt::format("{}{:>{}}\n", heading,
                        "Type of file change:", width - heading.size() + second_column);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        text += fmt::format("{}{:>{}}\n", names[i], set_word_of(changes[i].change, false),
                            width - characters(names[i]) + second_column);
    }
    text += rule_line;
    return text;
}

std::string reason(const proto::WhyReply& reply)
{
    const auto decided_at = printable(reply.decided_at);
    auto text = fmt::format("{} {}", printable(reply.path), fate_in_words(reply.fate));
    if (reply.decided_at != reply.path) {
        text += fmt::format(", because {} is", decided_at);
    }
    text += ".\n";
    if (reply.number && reply.option) {
        const auto line = reply.line ? fmt::format(", line {}", *reply.line) : std::string{};
        text += fmt::format("Decided by selection option {}: {}{} ({}).\n", *reply.number,
                            option_in_words(*reply.option), line, printable(reply.rule));
    } else if (!reply.rule.empty()) {
        text += fmt::format("No selection option decided that: {}.\n", printable(reply.rule));
    } else {
        text += "No selection option matches it, and what none matches is stored.\n";
    }
    if (!reply.exists) {
        text += fmt::format("{} does not exist; options about more than names may decide otherwise "
                            "once it does.\n",
                            decided_at);
    }
    return text;
}

}  // namespace duplid::show
