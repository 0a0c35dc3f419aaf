#include "ctl/words/json_documents.hpp"

#include "ctl/words/option_table.hpp"
#include "proto/methods.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>

namespace duplid::ctl {

namespace {

struct Row {
    std::string_view verb;
    std::string_view prints;
};

/// Those that print something else than the reply of the method that is called as they are.
constexpr std::array rows{
    Row{"watch", "params of each notification \"event\", of all runs watched"},
    Row{"log", "params of each notification \"event\""},
    Row{"history", "reply of \"job-history\"; of more than 500 runs several, the newest first"},
    Row{"list-current-files", "each item of \"files\" of the notifications \"files\"; with --limit "
                              "then the reply of \"list-current-files\""},
    Row{"find", "each item of \"files\" of the notifications \"files\"; with --limit then the "
                "reply of \"find\""},
    Row{"versions", "each item of \"versions\" of the notifications \"versions\""},
    Row{"compare", "each item of \"differences\" of the notifications \"differences\", then the "
                   "reply of \"compare\""},
    Row{"collection-status", "reply of \"collection-status\"; with --file-changed or "
                             "--show-changes-in-set each item of \"changes\" of the notifications "
                             "\"changes\""},
    Row{"job-run", "reply of \"job-run\"; with --wait params of each notification \"event\""},
    Row{"job-add", "reply of \"job-set\"; with --run-now then the reply of \"job-run\""},
    Row{"init",
        "reply of \"job-set\", params of each notification \"event\" of the first run, "
        "{\"trial\": {\"path\": ..., \"bytes\": ...}}, or null for want of a file to try, of "
        "several targets one for each that has the backup, with its name as \"target\", then "
        "{\"sheet\": its file}"},
    Row{"recovery-sheet", "{\"sheet\": its text}"},
    Row{"job-edit", "reply of \"job-set\", unless nothing was changed"},
};

constexpr std::string_view of_runs =
    "params of each notification \"event\", the last of type done; with --detach the reply with "
    "the number of the run";

std::string prints(const Verb& verb)
{
    const auto found = std::ranges::find(rows, verb.name, &Row::verb);
    if (found != rows.end()) {
        return std::string{found->prints};
    }
    // Verbs that wait for something start a run.
    if (contains(verb.sets, OptionSet::wait)) {
        return std::string{of_runs};
    }
    return fmt::format("reply of \"{}\"", verb.name);
}

}  // namespace

nlohmann::json json_documents()
{
    auto verbs_described = nlohmann::json::object();
    for (const auto& verb : verbs()) {
        if (!verb.hidden && contains(verb.sets, OptionSet::output)) {
            verbs_described[std::string{verb.name}] = prints(verb);
        }
    }
    return {{"about", "with --json, duplictl prints one document a line on standard output"},
            {"failure",
             "the last line is {\"error\": ...}, as in the schema of errors, and the exit "
             "status is that of the error"},
            {"verbs", std::move(verbs_described)}};
}

}  // namespace duplid::ctl
