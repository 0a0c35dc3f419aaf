#include "ctl/rdiffdir/program.hpp"

#include "ctl/duplicity/compat.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/link/private_daemon.hpp"
#include "ctl/link/session.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/rdiffdir/command_line.hpp"
#include "ctl/runs/verb_parts.hpp"
#include "ctl/secrets/secrets.hpp"
#include "ctl/show/text.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <variant>

namespace duplid::rdiffdir {

namespace {

constexpr int failed = 1;

/// An end that needs no words of duplicity's.
class Refusal : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

void complain(std::string_view text)
{
    fmt::print(stderr, "{}\n", text);
}

/// One sentence for an error of the daemon's.
std::string sentence(const proto::RpcError& error)
{
    auto text = show::printable(error.cause);
    if (!error.object.empty() && error.cause.find(error.object) == std::string::npos) {
        text += ": " + show::printable(error.object);
    }
    return error.hint.empty() ? text : fmt::format("{} ({})", text, show::printable(error.hint));
}

/// Mistakes in the selection, for which rdiffdir has duplicity's texts and statuses.
bool is_about_selection(const proto::RpcError& error)
{
    return error.detail == "cannot_match" || error.detail == "bad_expression" ||
           error.detail == "redundant_inclusion" || error.detail == "list_not_opened";
}

void check_files(const CommandLine& line)
{
    const bool is_patch = line.command == CommandId::patch;
    std::vector<const proto::TreeFile*> written;
    std::vector<const proto::TreeFile*> read;
    (is_patch ? read : written).push_back(&line.file);
    if (line.write_sig) {
        written.push_back(&*line.write_sig);
    }
    for (const auto& signature : line.signatures) {
        read.push_back(&signature);
    }
    for (const auto* file : written) {
        struct stat facts {};
        if (file->standard && ::isatty(STDOUT_FILENO) == 1) {
            throw Refusal{"Error: a terminal is no place to write signatures or deltas to"};
        }
        if (!file->standard && ::lstat(file->path.c_str(), &facts) == 0) {
            throw Refusal{fmt::format("File {} already exists, will not overwrite.", file->path)};
        }
    }
    for (const auto* file : read) {
        if (file->standard && ::isatty(STDIN_FILENO) == 1) {
            throw Refusal{"Error: signatures and deltas cannot be read from a terminal"};
        }
    }
}

/// One run of the daemon, and what is said about it.
class Work {
public:
    explicit Work(const CommandLine& line)
        : line_{line}, says_to_{writes_to_standard_output() ? stderr : stdout}
    {
    }

    int run()
    {
        auto daemon =
            std::make_unique<ctl::PrivateDaemon>(ctl::daemon_program(), ctl::Streams::lent);
        ctl::Connection connection{daemon->take_socket(), "a private daemon"};
        ctl::Session session{std::move(connection), std::move(daemon), interrupts_};
        session.begin_lease();
        const auto reply = line_.command == CommandId::patch
                               ? session.call(proto::methods::tree_patch, patch_params())
                               : session.call(proto::methods::tree_delta, delta_params());
        follow(session, reply.run);
        if (done_->state == proto::RunState::cancelled && session.stopped_by()) {
            return ctl::status_of_signal(*session.stopped_by());
        }
        if (done_->error) {
            throw ctl::Failure{*done_->error};
        }
        return done_->tree_patch && done_->tree_patch->failed > 0 ? failed : 0;
    }

private:
    static constexpr int warning_level = 2;
    static constexpr int info_level = 5;

    [[nodiscard]] bool writes_to_standard_output() const
    {
        return (line_.command != CommandId::patch && line_.file.standard) ||
               (line_.write_sig && line_.write_sig->standard);
    }

    [[nodiscard]] proto::TreePatchParams patch_params() const
    {
        proto::TreePatchParams params;
        params.directory = line_.directory;
        params.delta = line_.file;
        params.tell_objects = line_.verbosity >= info_level;
        return params;
    }

    [[nodiscard]] proto::TreeDeltaParams delta_params() const
    {
        const bool only_signature = line_.command == CommandId::signature;
        proto::TreeDeltaParams params;
        params.directory = line_.directory;
        params.working_directory = ctl::surroundings().working_directory;
        params.signatures = line_.signatures;
        params.delta = only_signature ? std::nullopt : std::optional{line_.file};
        params.signature = only_signature ? line_.file : line_.write_sig;
        params.gzip = line_.gzip;
        params.rules = line_.rules;
        params.null_separator = line_.null_separator;
        params.max_blocksize = line_.max_blocksize;
        params.tell_objects = line_.verbosity >= info_level && !only_signature;
        return params;
    }

    void follow(ctl::Session& session, std::uint64_t run)
    {
        const auto handle = [this](const proto::Notification& notification) {
            if (notification.method == proto::event_notification) {
                const auto event = proto::read_message<proto::Event>(notification.params,
                                                                     proto::Strictness::reply);
                std::visit([this](const auto& what) { hear(what); }, event.what);
            }
            return !done_;
        };
        proto::RunWatchParams params;
        params.run = run;
        static_cast<void>(session.call_json(proto::methods::run_watch.name,
                                            proto::write_message(params), {},
                                            [&](const auto& early) { handle(early); }));
        if (!done_) {
            session.follow(run, handle);
        }
    }

    template <class What>
    void hear(const What&)
    {
    }
    void hear(const proto::DoneEvent& event) { done_ = event; }
    void hear(const proto::WarningEvent& event)
    {
        const auto* const unreadable =
            event.error.detail == "unreadable" ? event.error.fact("path") : nullptr;
        say(warning_level, unreadable != nullptr ? "Error accessing possibly locked file " +
                                                       show::printable(*unreadable)
                                                 : "Warning: " + sentence(event.error));
    }
    void hear(const proto::NoteEvent& event) { say(info_level, show::printable(event.text)); }
    void hear(const proto::ObjectEvent& event)
    {
        // As bytes, as the reference tells them: programs read these lines.
        const auto& path = event.path;
        if (event.effect == "patched") {
            say(info_level, fmt::format("Patching {}", path));
        } else {
            const char letter = event.effect == "new" ? 'A' : event.effect == "changed" ? 'M' : 'D';
            say(info_level, fmt::format("{} {}", letter, path));
        }
    }

    void say(int level, const std::string& text)
    {
        if (level <= line_.verbosity) {
            fmt::print(says_to_, "{}\n", text);
            std::fflush(says_to_);
        }
    }

    const CommandLine& line_;
    std::FILE* says_to_;
    ctl::Interrupts interrupts_;
    std::optional<proto::DoneEvent> done_;
};

int end_with(const proto::RpcError& error, const CommandLine& line)
{
    if (!is_about_selection(error)) {
        complain(fmt::format("Error: {}", sentence(error)));
        return failed;
    }
    duplicity::Invocation invocation;
    invocation.local_path = line.directory;
    const auto fatal = duplicity::fatal_from(error, invocation);
    complain(fatal.what());
    return static_cast<int>(fatal.code());
}

int execute(const CommandLine& line)
{
    try {
        check_files(line);
        return Work{line}.run();
    } catch (const ctl::Failure& failure) {
        return end_with(failure.error(), line);
    } catch (const proto::ProtocolError& error) {
        return end_with(error.error(), line);
    }
}

}  // namespace

bool is_own_name(std::string_view program) noexcept
{
    return program.substr(program.rfind('/') + 1) == "rdiffdir";
}

int run(std::span<const std::string> words)
{
    try {
        // It has no use for any, but scripts export them for duplicity, and they would stay
        // readable in this process's environment as long as it works.
        static_cast<void>(ctl::take_environment_secrets());
        const auto line = parse_command_line(words);
        if (line.version) {
            fmt::print("rdiffdir {}\n", duplicity::compat_version().text);
            return 0;
        }
        return execute(line);
    } catch (const UsageError& error) {
        complain(
            fmt::format("Error: {}\nSee the rdiffdir manual page for instructions", error.what()));
    } catch (const duplicity::Fatal& fatal) {
        complain(fatal.what());  // a list that cannot be opened
    } catch (const Refusal& refusal) {
        complain(refusal.what());
    } catch (const ctl::Interrupted& interrupted) {
        return ctl::status_of_signal(interrupted.signal());
    } catch (const std::exception& error) {
        complain(fmt::format("Error: {}", error.what()));
    }
    return failed;
}

}  // namespace duplid::rdiffdir
