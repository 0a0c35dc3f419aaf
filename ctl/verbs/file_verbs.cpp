#include "ctl/verbs/file_verbs.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/requests/file_requests.hpp"
#include "ctl/runs/archive_session.hpp"
#include "ctl/show/changes.hpp"
#include "ctl/show/files.hpp"
#include "ctl/show/progress.hpp"
#include "ctl/show/text.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace duplid::ctl {

namespace {

/// Shows the entries of notifications: `list` is the wire's name for them, `text` makes a line.
template <class Part, class Entry, class Text>
class EntryPrinter {
public:
    EntryPrinter(std::string_view notification, const char* list, std::vector<Entry> Part::*member,
                 const Look& look, Output& output, Text text)
        : notification_{notification}, list_{list}, member_{member}, look_{look}, output_{output},
          text_{std::move(text)}, progress_{std::make_shared<show::ProgressLine>(look.progress,
                                                                                 look.error_style)}
    {
    }

    void operator()(const proto::Notification& notification)
    {
        if (notification.method == proto::progress_notification) {
            const auto told = proto::read_message<proto::QuestionProgress>(
                notification.params, proto::Strictness::reply);
            progress_->phase(told.phase);
            progress_->figures(told.figures);
            return;
        }
        if (notification.method != notification_) {
            return;
        }
        progress_->clear();
        const auto part = proto::read_message<Part>(notification.params, proto::Strictness::reply);
        const auto raw = notification.params.find(list_);
        const auto& entries = part.*member_;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (look_.json) {
                output_.json(raw->at(i));
            } else {
                output_.text(text_(entries[i]));
            }
        }
        if (output_.failed()) {
            // Nobody reads on: "duplictl list-current-files ... | head".
            output_.finish();
        }
    }

private:
    std::string_view notification_;
    const char* list_;
    std::vector<Entry> Part::*member_;
    const Look& look_;
    Output& output_;
    Text text_;
    std::shared_ptr<show::ProgressLine> progress_;  ///< shared by the copies of this object
};

/// The end of a page: JSON has the reply as its last document, people are told.
void show_page_end(const nlohmann::json& reply, const Look& look, Output& output)
{
    if (look.json) {
        output.json(reply);
    } else if (reply.value("more", false) && !look.quiet) {
        std::fputs("duplictl: there are more; --after PATH goes on behind the last one\n", stderr);
    }
}

/// Sets whose signatures are missing make an answer incomplete, which must not look like success.
int status_of_unknown(std::uint64_t unknown_sets)
{
    if (unknown_sets == 0) {
        return 0;
    }
    std::fputs(fmt::format("duplictl: warning: nothing is known of {}, whose signatures are "
                           "missing\n",
                           show::counted(unknown_sets, "set"))
                   .c_str(),
               stderr);
    return static_cast<int>(proto::ExitCode::warnings);
}

auto files_printer(const Look& look, Output& output, std::string (*text)(const proto::FileEntry&))
{
    return EntryPrinter{
        proto::files_notification, "files", &proto::FilesNotification::files, look, output, text};
}

}  // namespace

int list_current_files(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    const auto params = list_files_params(line, surroundings());
    const auto reply = ask_archive(line, look, interrupts, proto::methods::list_current_files.name,
                                   params, files_printer(look, output, show::file_line));
    if (params.limit != 0) {
        show_page_end(reply, look, output);
    }
    return 0;
}

int find(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    auto params = find_params(line, surroundings());
    const auto text = params.all_times ? show::found_line : show::file_line;
    const auto printer = files_printer(look, output, text);
    ArchiveSession session{line, look, interrupts, params.archive};
    proto::FindReply total;
    // A page ends early where matches are rare, so that no answer takes long; what is typed as a
    // limit means so many.
    do {
        const auto page = proto::read_message<proto::FindReply>(
            session.ask(proto::methods::find.name, params, printer), proto::Strictness::reply);
        total.files += page.files;
        total.paths += page.paths;
        total.more = page.more;
        total.next = page.next;
        total.unknown_sets = page.unknown_sets;
        params.limit -= std::min(params.limit, page.paths);
        params.after = page.next;
    } while (total.more && params.limit > 0 && !output.failed());
    if (line.has(OptionId::limit)) {
        show_page_end(proto::write_message(total), look, output);
    }
    return status_of_unknown(total.unknown_sets);
}

int versions(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    const auto params = versions_params(line, surroundings());
    const EntryPrinter printer{proto::versions_notification,
                               "versions",
                               &proto::VersionsNotification::versions,
                               look,
                               output,
                               [first = true](const proto::VersionEntry& version) mutable {
                                   return (std::exchange(first, false) ? show::versions_heading()
                                                                       : std::string{}) +
                                          show::version_line(version);
                               }};
    const auto json =
        ask_archive(line, look, interrupts, proto::methods::versions.name, params, printer);
    return status_of_unknown(
        proto::read_message<proto::VersionsReply>(json, proto::Strictness::reply).unknown_sets);
}

int compare(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    const auto params = compare_params(line, surroundings());
    const EntryPrinter printer{proto::differences_notification,
                               "differences",
                               &proto::DifferencesNotification::differences,
                               look,
                               output,
                               show::difference_line};
    const auto json =
        ask_archive(line, look, interrupts, proto::methods::compare.name, params, printer);
    const auto reply = proto::read_message<proto::CompareReply>(json, proto::Strictness::reply);
    if (look.json) {
        output.json(json);
    } else if (!look.quiet) {
        output.text(show::comparison_end(reply));
    }
    return static_cast<int>(reply.unreadable > 0 ? proto::ExitCode::warnings : proto::ExitCode::ok);
}

int why(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    const auto params = why_params(line, surroundings());
    auto chosen = archive_instance(line, interrupts);
    const auto json =
        chosen.session->call_json(proto::methods::why.name, proto::write_message(params));
    if (look.json) {
        output.json(json);
    } else {
        output.text(
            show::reason(proto::read_message<proto::WhyReply>(json, proto::Strictness::reply)));
    }
    return 0;
}

int changes(const CommandLine& line, Output& output, Interrupts& interrupts)
{
    const auto look = look_of(line);
    const auto here = surroundings();
    if (line.has(OptionId::file_changed) && line.has(OptionId::show_changes_in_set)) {
        throw usage_failure("--file-changed and --show-changes-in-set exclude each other");
    }
    // The tables state how many rows they have before the first, so all of them are kept.
    std::vector<proto::ChangeEntry> entries;
    const EntryPrinter printer{proto::changes_notification,
                               "changes",
                               &proto::ChangesNotification::changes,
                               look,
                               output,
                               [&entries](const proto::ChangeEntry& entry) {
                                   entries.push_back(entry);
                                   return std::string{};
                               }};
    if (line.has(OptionId::file_changed)) {
        const auto params = file_changed_params(line, here);
        static_cast<void>(ask_archive(line, look, interrupts, proto::methods::file_changed.name,
                                      params, printer));
        if (!look.json) {
            output.text(show::file_changes(params.path, entries));
        }
        return 0;
    }
    const auto json = ask_archive(line, look, interrupts, proto::methods::changes_in_set.name,
                                  changes_in_set_params(line, here), printer);
    if (!look.json) {
        const auto reply = proto::read_message<proto::ChangesReply>(json, proto::Strictness::reply);
        output.text(show::set_changes(reply.set.value_or(proto::SetName{}), entries));
    }
    return 0;
}

}  // namespace duplid::ctl
