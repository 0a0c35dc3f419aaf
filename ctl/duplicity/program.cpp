#include "ctl/duplicity/program.hpp"

#include "ctl/duplicity/actions/action.hpp"
#include "ctl/duplicity/actions/common_start.hpp"
#include "ctl/duplicity/command_line.hpp"
#include "ctl/duplicity/compat.hpp"
#include "ctl/duplicity/failure_mapping.hpp"
#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/help.hpp"
#include "ctl/duplicity/option_effects.hpp"
#include "ctl/duplicity/passphrases.hpp"
#include "ctl/duplicity/reporter.hpp"
#include "ctl/link/connection.hpp"
#include "ctl/link/private_daemon.hpp"
#include "ctl/link/session.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/interrupts.hpp"
#include "ctl/runs/verb_parts.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>

namespace duplid::duplicity {

namespace {

/// In 3.x every error of the command line is one that the user made.
Fatal as_modern(const Fatal& fatal, const CompatVersion& compat)
{
    const bool changes = compat.is_modern() && fatal.code() == ErrorCode::command_line;
    return changes ? Fatal{ErrorCode::user_error, fatal.what(), {"CommandLineError"}} : fatal;
}

int end_with(const Fatal& fatal, Reporter& reporter)
{
    reporter.error(fatal.code(), fatal.what(), fatal.words());
    return static_cast<int>(fatal.code());
}

int end_with_usage(const UsageError& error, const CompatVersion& compat, Reporter& reporter)
{
    if (compat.is_modern()) {
        return end_with(as_modern(command_line_error(error.what()), compat), reporter);
    }
    reporter.flush();
    std::fputs((usage_text() + "\nduplicity: error: " + error.what() + "\n").c_str(), stderr);
    return static_cast<int>(ErrorCode::command_line);
}

/// The last word of an interrupted run; the status is the signal's, but for Ctrl-C.
int end_interrupted(int signal, Reporter& reporter)
{
    if (signal == SIGINT) {
        reporter.info("INT intercepted...exiting.");
        return static_cast<int>(ErrorCode::interrupted);
    }
    return ctl::status_of_signal(signal);
}

int run_action(Context& context)
{
    const auto before = common_start(context);
    switch (context.invocation.action) {
    case Action::full:
    case Action::incremental:
    case Action::implied_backup:
        return run_backup(context, before);
    case Action::restore:
        return run_restore(context, before);
    case Action::verify:
        return run_verify(context, before);
    case Action::list_current_files:
        return list_current_files(context, before);
    case Action::collection_status:
        return show_collection_status(context, before);
    case Action::cleanup:
        return run_cleanup(context, before);
    case Action::remove_older_than:
    case Action::remove_all_but_n_full:
    case Action::remove_all_inc_of_but_n_full:
        return run_removal(context, before);
    case Action::replicate:
        return run_replicate(context, before);
    }
    return static_cast<int>(ErrorCode::generic);
}

int carry_out(const Invocation& invocation, const ctl::Surroundings& here, Reporter& reporter)
{
    ctl::Interrupts interrupts;
    Passphrases passphrases{interrupts, reporter};
    passphrases.complete_for_targets(invocation);
    auto daemon = std::make_unique<ctl::PrivateDaemon>(ctl::daemon_program());
    ctl::Connection connection{daemon->take_socket(), "a private daemon"};
    ctl::Session session{std::move(connection), std::move(daemon), interrupts};
    Context context{invocation, reporter, session, passphrases, interrupts, here};
    return run_action(context);
}

int run(std::span<const std::string> arguments, Reporter& reporter)
{
    const auto compat = compat_version();
    Invocation invocation;
    try {
        const auto here = ctl::surroundings();
        invocation = read_command_line(arguments, compat, here, reporter);
        return carry_out(invocation, here, reporter);
    } catch (const Answer& answer) {
        std::fputs(answer.text.c_str(), stdout);
        return 0;
    } catch (const UsageError& error) {
        return end_with_usage(error, compat, reporter);
    } catch (const Fatal& fatal) {
        return end_with(as_modern(fatal, compat), reporter);
    } catch (const ctl::Interrupted& interrupted) {
        return end_interrupted(interrupted.signal(), reporter);
    } catch (const ctl::Failure& failure) {
        return end_with(fatal_from(failure.error(), invocation), reporter);
    } catch (const proto::ProtocolError& error) {
        return end_with(fatal_from(error.error(), invocation), reporter);
    } catch (const std::exception& error) {
        return end_with(exception_error("RuntimeError", error.what()), reporter);
    }
}

}  // namespace

bool is_own_name(const std::string& program)
{
    return program.substr(program.rfind('/') + 1) == "duplicity";
}

int run_program(std::span<const std::string> arguments)
{
    // Readers of our output and of the machine log may go away; the work goes on.
    std::signal(SIGPIPE, SIG_IGN);
    Reporter reporter;
    const int status = run(arguments, reporter);
    reporter.flush();
    return status;
}

}  // namespace duplid::duplicity
