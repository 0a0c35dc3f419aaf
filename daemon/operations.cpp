#include "daemon/operations.hpp"

#include "daemon/conversions.hpp"
#include "daemon/errors.hpp"
#include "proto/methods.hpp"
#include "proto/writer.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <exception>
#include <netdb.h>
#include <unistd.h>

namespace duplid::daemon {

namespace {

std::string host_name()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

/// The name with its domain, if the resolver knows one; else `name`. May take the resolver's time.
std::string full_host_name(const std::string& name)
{
    struct addrinfo hints {};
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    struct addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) {
        return name;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, &::freeaddrinfo};
    return found->ai_canonname != nullptr ? found->ai_canonname : name;
}

/// Listens to nothing: for questions, whose warnings have nowhere to go.
class SilentMonitor final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error&) noexcept override {}
    void note(std::string_view) noexcept override {}
};

/// Collects entries into notifications of bounded size.
class FilesSender {
public:
    FilesSender(AnswerChannel& channel, const proto::Json& id) : channel_{channel}, id_{id} {}

    /// False when nobody listens any more.
    bool take(const operation::ListedFile& file)
    {
        // JSON may write a byte as six (\u0001), and the twin in base64 comes on top.
        constexpr std::size_t numbers_bytes = 256;
        const auto weight = numbers_bytes + 8 * (file.path.size() + file.link.size());
        constexpr std::size_t weight_max = proto::line_bytes_max / 2;
        if (weight_ > 0 && (weight_ + weight > weight_max ||
                            batch_.files.size() >= proto::files_per_notification_max)) {
            if (!flush()) {
                return false;
            }
        }
        weight_ += weight;
        ++count_;
        batch_.files.push_back(to_wire(file));
        return true;
    }

    bool flush()
    {
        if (batch_.files.empty()) {
            return true;
        }
        batch_.request = id_;
        weight_ = 0;
        return channel_.push(proto::notification_line(
            proto::files_notification, proto::write_message(std::exchange(batch_, {}))));
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

private:
    AnswerChannel& channel_;
    const proto::Json& id_;
    proto::FilesNotification batch_;
    std::size_t weight_ = 0;
    std::uint64_t count_ = 0;
};

/// Sends what `answer` returns as the reply, or what it throws as the error.
template <class Answer>
void send_answer(AnswerChannel& channel, const proto::Json& id, Answer answer)
{
    std::string line;
    try {
        line = proto::reply_line(id, proto::write_message(answer()));
        if (line.size() > proto::line_bytes_max) {
            throw Error{Error::Kind::invalid, "the answer would be longer than a line may be", "",
                        "remove old sets, or ask for less"};
        }
    } catch (...) {
        line = proto::error_line(id, to_rpc(std::current_exception()));
    }
    channel.push(std::move(line));
}

RunResult back_up(Workshop& workshop, const proto::BackupParams& params, RunControl& control)
{
    OpenArchive open{params.archive, workshop.defaults, workshop.pool.get(), open_options(control)};
    control.running();
    auto request = request_from(params);
    request.host_name = host_name();
    request.full_host_name = [name = request.host_name] { return full_host_name(name); };
    request.time = std::time(nullptr);
    RunResult result;
    result.backup =
        to_wire(operation::back_up(open.archive(), request, control.monitor(), control.stop()));
    return result;
}

}  // namespace

OpenOptions open_options(RunControl& control)
{
    return {.locking = Locking::exclusive,
            .stop = control.stop(),
            .on_wait = [&control](const std::string& reason) { control.waiting(reason); },
            .on_retry = [&control](std::string_view text) { control.monitor().note(text); }};
}

RunFacts facts_of(proto::RunKind kind, proto::Lifetime lifetime,
                  const proto::ArchiveParams& archive, const Workshop& workshop)
{
    const auto place = place_of(archive, workshop.defaults);
    // Thrown now if at all: a request that cannot work should not wait in a queue first.
    static_cast<void>(settings_from(archive));
    RunFacts facts;
    facts.kind = kind;
    facts.lifetime = lifetime;
    facts.target = place.shown_target;
    facts.keys = place.keys();
    facts.no_wait = archive.no_wait;
    return facts;
}

PlannedRun plan(Workshop& workshop, proto::BackupParams params)
{
    static_cast<void>(request_from(params));
    auto facts = facts_of(proto::RunKind::backup, params.lifetime, params.archive, workshop);
    return {std::move(facts), [&workshop, params = std::move(params)](RunControl& control) {
                return back_up(workshop, params, control);
            }};
}

Questions::Body plan(Workshop& workshop, proto::CollectionStatusParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive,
                             workshop.defaults,
                             workshop.pool.get(),
                             {.locking = Locking::none,
                              .stop = channel.stop_token(),
                              .on_wait = {},
                              .on_retry = {}}};
            return to_wire(operation::collection_status(open.archive()));
        });
    };
}

Questions::Body plan(Workshop& workshop, proto::ListFilesParams params, proto::Json id)
{
    return [&workshop, params = std::move(params), id = std::move(id)](AnswerChannel& channel) {
        send_answer(channel, id, [&] {
            OpenArchive open{params.archive,
                             workshop.defaults,
                             workshop.pool.get(),
                             {.locking = Locking::exclusive,
                              .stop = channel.stop_token(),
                              .on_wait = [](const std::string&) {},
                              .on_retry = {}}};
            SilentMonitor monitor;
            FilesSender files{channel, id};
            const auto set = operation::list_files(
                open.archive(), {params.time, params.path}, monitor, channel.stop_token(),
                [&files](const operation::ListedFile& file) { return files.take(file); });
            files.flush();
            return proto::ListFilesReply{to_wire(set), files.count()};
        });
    };
}

}  // namespace duplid::daemon
