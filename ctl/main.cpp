// duplictl: turns a command line into requests to a daemon, and shows what comes back. Started as
// `duplicity` or `rdiffdir` it has that program's command line instead.
#include "ctl/duplicity/program.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/process/output.hpp"
#include "ctl/process/terminal_facts.hpp"
#include "ctl/rdiffdir/program.hpp"
#include "ctl/show/message.hpp"
#include "ctl/verbs/verbs.hpp"
#include "ctl/words/command_line.hpp"
#include "proto/writer.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <span>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace duplid;

/// A caller may have closed 0, 1 or 2. What is opened next would take their numbers and be written
/// to by accident.
void hold_standard_descriptors()
{
    for (int number = 0; number <= STDERR_FILENO; ++number) {
        if (::fcntl(number, F_GETFD) < 0) {
            static_cast<void>(::open("/dev/null", O_RDWR));
        }
    }
}

int show_failure(const proto::RpcError& error, const std::vector<std::string>& arguments,
                 ctl::Output& output)
{
    // Also for a command line that could not be understood, so the words have to do.
    const auto said = [&arguments](const char* word) {
        return std::ranges::find(arguments, word) != arguments.end();
    };
    const show::Style style{.color = !said("--no-color") && ctl::takes_color(STDERR_FILENO)};
    std::fputs(show::message("error", error, style).c_str(), stderr);
    if (said("--json")) {
        output.json({{"error", proto::write_message(error)}});
    }
    return static_cast<int>(error.exit_code());
}

int run(const std::vector<std::string>& arguments, ctl::Output& output)
{
    try {
        const auto parsed = ctl::parse_command_line(arguments);
        if (const auto* answer = std::get_if<ctl::Answer>(&parsed)) {
            output.text(answer->text);
            return 0;
        }
        return ctl::execute(std::get<ctl::CommandLine>(parsed), output);
    } catch (const ctl::Interrupted& interrupted) {
        return ctl::status_of_signal(interrupted.signal());
    } catch (const ctl::Failure& failure) {
        return show_failure(failure.error(), arguments, output);
    } catch (const proto::ProtocolError& error) {
        return show_failure(error.error(), arguments, output);
    } catch (const std::exception& error) {
        return show_failure(
            {.kind = proto::ErrorKind::internal, .cause = error.what(), .object = {}, .hint = {}},
            arguments, output);
    }
}

int finish(int status, ctl::Output& output)
{
    try {
        output.finish();
        return status;
    } catch (const ctl::Interrupted& interrupted) {
        return status == 0 ? ctl::status_of_signal(interrupted.signal()) : status;
    } catch (const ctl::Failure& failure) {
        std::fputs(show::message("error", failure.error()).c_str(), stderr);
        return status == 0 ? static_cast<int>(failure.error().exit_code()) : status;
    }
}

}  // namespace

int main(int argc, char** argv)
{
    hold_standard_descriptors();
    const std::span words{argv, static_cast<std::size_t>(argc)};
    if (!words.empty() && duplicity::is_own_name(words.front())) {
        const std::vector<std::string> all{words.begin(), words.end()};
        ctl::hide_passwords(words);
        return duplicity::run_program(all);
    }
    const auto given = words.subspan(std::min<std::size_t>(1, words.size()));
    const std::vector<std::string> arguments{given.begin(), given.end()};
    if (!words.empty() && rdiffdir::is_own_name(words.front())) {
        return rdiffdir::run(arguments);
    }
    ctl::hide_passwords(given);
    ctl::Output output;
    return finish(run(arguments, output), output);
}
