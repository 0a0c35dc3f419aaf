// Which way leads to a server: our own connection or the ssh program, its sftp or its shell.
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/ssh/files.hpp"
#include "storage/remote/ssh/settings.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>

namespace duplid::ssh {

/// Any thread. The first connection is made alone, since the others learn from it; then few at a
/// time, since servers refuse many that are not yet logged in (MaxStartups of sshd).
class Connector {
public:
    static constexpr std::ptrdiff_t at_once_max = 3;

    Connector(Settings settings, const remote::RemoteOptions& options);

    /// A new connection. What was learnt of the server by the first one holds for all that follow:
    /// a switch to the program or to the shell is made, and told in the run's log, once.
    [[nodiscard]] std::unique_ptr<Files> connect();
    /// Whether --sftp-command or --scp-command name programs to be used.
    [[nodiscard]] bool has_own_commands() const noexcept;
    [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
    [[nodiscard]] const remote::RemoteOptions& options() const noexcept { return options_; }

private:
    [[nodiscard]] std::unique_ptr<Files> connect_and_learn();
    [[nodiscard]] std::unique_ptr<Files> connect_by(bool program);
    [[nodiscard]] std::unique_ptr<Files> by_sftp(bool program);
    [[nodiscard]] std::unique_ptr<Files> by_shell(bool program);
    void switch_to_program(const std::string& reason);

    const Settings settings_;
    const remote::RemoteOptions options_;
    std::mutex mutex_;
    bool is_known_ = false;  ///< a connection was made
    std::counting_semaphore<at_once_max> turns_{at_once_max};
    bool use_program_;
    bool use_shell_;
};

}  // namespace duplid::ssh
