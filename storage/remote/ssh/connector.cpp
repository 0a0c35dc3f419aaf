#include "storage/remote/ssh/connector.hpp"

#include "storage/remote/ssh/program.hpp"
#include "storage/remote/ssh/session.hpp"
#include "storage/remote/ssh/sftp_files.hpp"
#include "storage/remote/ssh/sftp_program.hpp"
#include "storage/remote/ssh/shell_files.hpp"

#include <fmt/format.h>
#include <utility>

namespace duplid::ssh {

namespace {

/// To make one of the connections that may be in the making at the same time.
class Turn {
public:
    using Turns = std::counting_semaphore<Connector::at_once_max>;

    explicit Turn(Turns& turns) : turns_{turns} { turns_.acquire(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { turns_.release(); }

private:
    Turns& turns_;
};

}  // namespace

Connector::Connector(Settings settings, const remote::RemoteOptions& options)
    : settings_{std::move(settings)}, options_{options},
      use_program_{settings_.engine == Engine::program}, use_shell_{settings_.protocol ==
                                                                    Protocol::shell}
{
    if (settings_.beyond_us && settings_.engine == Engine::any) {
        switch_to_program(*settings_.beyond_us);
    }
}

bool Connector::has_own_commands() const noexcept
{
    const auto& ssh = options_.ssh;
    // paramiko+ knows neither, and the usual names ask for nothing special (backends.md 3.2).
    const auto is_special = [](const std::string& words, std::string_view usual) {
        return !words.empty() && words != usual;
    };
    switch (settings_.engine == Engine::own ? Protocol::shell : settings_.protocol) {
    case Protocol::sftp:
        return is_special(ssh.sftp_command, "sftp");
    case Protocol::sftp_or_shell:
        return is_special(ssh.sftp_command, "sftp") || is_special(ssh.scp_command, "scp");
    case Protocol::shell:
        break;
    }
    return false;
}

void Connector::switch_to_program(const std::string& reason)
{
    use_program_ = true;
    options_.notice(
        fmt::format("{} is reached by the ssh program: {}", settings_.server(), reason));
}

std::unique_ptr<Files> Connector::connect()
{
    if (has_own_commands()) {
        return std::make_unique<SftpProgram>(settings_, options_);
    }
    bool program = false;
    bool shell = false;
    {
        const std::lock_guard guard{mutex_};
        if (!is_known_) {
            auto files = connect_and_learn();
            is_known_ = true;
            return files;
        }
        program = use_program_;
        shell = use_shell_;
    }
    const Turn turn{turns_};
    try {
        return shell ? by_shell(program) : by_sftp(program);
    } catch (const BeyondUs&) {
        // The server is not any more what it was: as below.
    } catch (const NoSftp&) {
        // The same.
    }
    const std::lock_guard guard{mutex_};
    return connect_and_learn();
}

std::unique_ptr<Files> Connector::connect_and_learn()
{
    if (use_program_) {
        return connect_by(true);
    }
    try {
        return connect_by(false);
    } catch (const BeyondUs& error) {
        if (settings_.engine == Engine::own) {
            throw Error{error};
        }
        switch_to_program(error.what());
    }
    return connect_by(true);
}

std::unique_ptr<Files> Connector::connect_by(bool program)
{
    if (use_shell_) {
        return by_shell(program);
    }
    try {
        return by_sftp(program);
    } catch (const NoSftp& error) {
        if (settings_.protocol != Protocol::sftp_or_shell) {
            throw Error{error};
        }
        use_shell_ = true;
        options_.notice(
            fmt::format("{} has no sftp server: its shell is used", settings_.server()));
    }
    return by_shell(program);
}

std::unique_ptr<Files> Connector::by_sftp(bool program)
{
    auto stream = program ? start_sftp(settings_, options_)
                          : std::make_shared<Session>(settings_, options_)->open_sftp();
    return std::make_unique<SftpFiles>(
        std::make_unique<SftpClient>(std::move(stream), options_, settings_.server()),
        settings_.directory);
}

std::unique_ptr<Files> Connector::by_shell(bool program)
{
    Shell shell;
    if (program) {
        // A connection of its own for each command.
        shell = {[this](const std::string& command) {
                     return start_command(settings_, options_, command);
                 },
                 [] { return false; }};
    } else {
        const auto session = std::make_shared<Session>(settings_, options_);
        shell = {[session](const std::string& command) { return session->exec(command); },
                 [session] { return session->is_dead(); }};
    }
    return std::make_unique<ShellFiles>(std::move(shell), options_, settings_.directory,
                                        settings_.server());
}

}  // namespace duplid::ssh
