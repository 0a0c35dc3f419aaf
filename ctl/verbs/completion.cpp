#include "ctl/verbs/completion.hpp"

#include "ctl/link/instance.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/show/runs.hpp"
#include "ctl/show/status.hpp"
#include "ctl/show/text.hpp"
#include "ctl/text/time_text.hpp"
#include "proto/methods.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <exception>
#include <fmt/format.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace duplid::ctl {

namespace {

constexpr unsigned patience_seconds = 2;
/// A list that nobody reads to its end.
constexpr std::size_t offers_max = 200;
constexpr std::uint64_t entries_max = 1000;

struct Offer {
    std::string word;
    std::string about;
};

/// What was typed before, read without judging it.
class Words {
public:
    explicit Words(std::span<const std::string> words) : words_{words} {}

    [[nodiscard]] bool has(OptionId id) const
    {
        return std::ranges::any_of(words_, [id](const std::string& word) {
            return is_called(id, std::string_view{word}.substr(0, word.find('=')));
        });
    }

    /// The last one given, as the next word or after "=".
    [[nodiscard]] std::optional<std::string> value(OptionId id) const
    {
        std::optional<std::string> found;
        for (std::size_t i = 0; i < words_.size(); ++i) {
            const auto equals = words_[i].find('=');
            if (!is_called(id, std::string_view{words_[i]}.substr(0, equals))) {
                continue;
            }
            if (equals != std::string::npos) {
                found = words_[i].substr(equals + 1);
            } else if (i + 1 < words_.size()) {
                found = words_[i + 1];
            }
        }
        return found;
    }

    [[nodiscard]] std::optional<std::string> url() const
    {
        const auto found = std::ranges::find_if(words_, is_url);
        return found == words_.end() ? std::nullopt : std::optional{*found};
    }

private:
    static bool is_called(OptionId id, std::string_view word)
    {
        for (auto names = option(id).names; !names.empty();) {
            const auto comma = std::min(names.find(','), names.size());
            if (names.substr(0, comma) == word) {
                return true;
            }
            names.remove_prefix(std::min(comma + 1, names.size()));
        }
        return false;
    }

    std::span<const std::string> words_;
};

/// Which daemon the words mean.
CommandLine daemon_in(const Words& words)
{
    CommandLine line;
    for (const auto id : {OptionId::system, OptionId::user}) {
        if (words.has(id)) {
            line.given.push_back({id, {}});
        }
    }
    if (auto path = words.value(OptionId::socket)) {
        line.given.push_back({OptionId::socket, std::move(*path)});
    }
    return line;
}

std::vector<Offer> jobs(Session& session)
{
    std::vector<Offer> offers;
    for (const auto& job : session.call(proto::methods::job_list, proto::Nothing{}).jobs) {
        offers.push_back({job.job, job.target.empty() ? std::string{show::word_for(job.state)}
                                                      : job.source + " -> " + job.target});
    }
    return offers;
}

std::vector<Offer> runs(Session& session)
{
    std::vector<Offer> offers;
    for (const auto& run : session.call(proto::methods::run_list, proto::RunListParams{}).runs) {
        offers.push_back({fmt::to_string(run.run),
                          fmt::format("{}, {}, {}", show::title_of(run), show::word_for(run.state),
                                      minute_text(run.queued_at))});
    }
    return offers;
}

/// The archive that the words are about, if it is a job's: nothing is known of others without
/// their options and secrets.
std::optional<proto::ArchiveParams> archive_in(const Words& words, Session& session)
{
    auto job = words.value(OptionId::job);
    if (const auto url = words.url(); url && !job) {
        for (const auto& known : session.call(proto::methods::job_list, proto::Nothing{}).jobs) {
            job = known.target == *url ? known.job : job;
        }
    }
    if (!job) {
        return std::nullopt;
    }
    auto shown = session.call(proto::methods::job_show, proto::JobParams{*job});
    const auto wanted = words.value(OptionId::job_target);
    for (auto& target : shown.target_archives) {
        if (wanted == target.name) {
            return std::move(target.archive);
        }
    }
    return shown.request ? std::optional{std::move(shown.request->archive)} : std::nullopt;
}

/// In UTC, and in a form that has no colon, at which bash would end the word.
std::string set_time(std::int64_t epoch)
{
    const std::time_t clock = epoch;
    std::tm fields{};
    std::array<char, 32> text{};
    if (gmtime_r(&clock, &fields) == nullptr) {
        return fmt::to_string(epoch);
    }
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &fields)};
}

std::vector<Offer> times(const Words& words, Session& session)
{
    proto::CollectionStatusParams params;
    auto archive = archive_in(words, session);
    if (!archive) {
        return {};
    }
    params.archive = std::move(*archive);
    std::vector<Offer> offers;
    proto::CollectionStatusReply reply;
    auto last = proto::read_message<proto::CollectionStatusReply>(
        session.call_json(proto::methods::collection_status.name, proto::write_message(params), {},
                          [&reply](const proto::Notification& notification) {
                              if (notification.method == proto::collection_notification) {
                                  add_part(reply,
                                           proto::read_message<proto::CollectionNotification>(
                                               notification.params, proto::Strictness::reply));
                              }
                          }),
        proto::Strictness::reply);
    if (!last.chains.empty()) {
        reply = std::move(last);
    }
    for (const auto& chain : reply.chains) {
        for (const auto& status : chain.sets) {
            offers.push_back(
                {set_time(status.set.time), fmt::format("{}, {}", show::word_for(status.set.type),
                                                        minute_text(status.set.time))});
        }
    }
    std::ranges::reverse(offers);
    return offers;
}

std::vector<Offer> paths(const std::string& begun, const Words& words, Session& session)
{
    auto archive = archive_in(words, session);
    if (!archive) {
        return {};
    }
    proto::ListFilesParams params;
    params.archive = std::move(*archive);
    if (const auto time = words.value(OptionId::time)) {
        params.time = parse_time(*time, std::time(nullptr));
    }
    const auto slash = begun.rfind('/');
    params.path = slash == std::string::npos ? "" : begun.substr(0, slash);
    params.depth = 1;
    params.without_path = true;
    params.limit = entries_max;
    // From just before what is wanted, for folders that hold more than are asked for.
    const auto name_bytes = begun.size() - (slash == std::string::npos ? 0 : slash + 1);
    params.after = name_bytes > 1 ? begun.substr(0, begun.size() - 1) : "";
    std::vector<Offer> offers;
    static_cast<void>(
        session.call_json(proto::methods::list_current_files.name, proto::write_message(params), {},
                          [&offers](const proto::Notification& notification) {
                              if (notification.method != proto::files_notification) {
                                  return;
                              }
                              const auto part = proto::read_message<proto::FilesNotification>(
                                  notification.params, proto::Strictness::reply);
                              for (const auto& file : part.files) {
                                  offers.push_back({file.path + (file.type == "d" ? "/" : ""),
                                                    minute_text(file.mtime)});
                              }
                          }));
    return offers;
}

std::vector<Offer> offers_of(const std::string& kind, const std::string& begun, const Words& words,
                             Session& session)
{
    if (kind == "jobs") {
        return jobs(session);
    }
    if (kind == "runs") {
        return runs(session);
    }
    if (kind == "runs-and-jobs") {
        auto both = jobs(session);
        for (auto& run : runs(session)) {
            both.push_back(std::move(run));
        }
        return both;
    }
    if (kind == "times") {
        return times(words, session);
    }
    return kind == "paths" ? paths(begun, words, session) : std::vector<Offer>{};
}

/// Names with control characters cannot be typed, and would make two offers of one.
bool is_offered(const Offer& offer, const std::string& begun)
{
    return offer.word.starts_with(begun) && show::printable(offer.word) == offer.word;
}

}  // namespace

int complete(const CommandLine& line, Output& output)
{
    // Somebody waits for the next key: whatever takes long, connecting too, is given up.
    std::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(patience_seconds);
    const std::span given{line.positionals};
    if (given.size() < 2) {
        return 0;
    }
    const Words words{given.subspan(2)};
    try {
        Interrupts interrupts;
        if (words.has(OptionId::host) || words.has(OptionId::private_instance)) {
            return 0;
        }
        const auto chosen = resident_instance(daemon_in(words), interrupts);
        std::string text;
        std::size_t count = 0;
        for (const auto& offer : offers_of(given[0], given[1], words, *chosen.session)) {
            if (is_offered(offer, given[1]) && ++count <= offers_max) {
                text += fmt::format("{}\t{}\n", offer.word, show::printable(offer.about));
            }
        }
        output.text(text);
    } catch (const std::exception&) {
        return 0;  // a completion has nobody to complain to
    }
    return 0;
}

}  // namespace duplid::ctl
