// A connection made by the ssh program: with pexpect+, and where libssh2 cannot do what is needed.
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/ssh/settings.hpp"
#include "storage/remote/ssh/stream.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::ssh {

/// The server's sftp, over `ssh -s host sftp`. Both outlive the stream; errors come with its first
/// bytes: Error denied for keys of servers and for logins, unreachable, invalid; NoSftp.
[[nodiscard]] std::unique_ptr<Stream> start_sftp(const Settings& settings,
                                                 const remote::RemoteOptions& options);
/// A command there.
[[nodiscard]] std::unique_ptr<Stream> start_command(const Settings& settings,
                                                    const remote::RemoteOptions& options,
                                                    const std::string& command);

/// The words of ssh for this target, up to the host. Whoever drives another program over ssh
/// (rsync, sftp) may need them, too.
[[nodiscard]] std::vector<std::string> ssh_words(const Settings& settings,
                                                 const remote::RemoteOptions& options);

/// What such a program sees of the caller's environment.
[[nodiscard]] std::vector<std::string> ssh_environment(const remote::RemoteOptions& options);

/// What the program wrote to standard error, without what it says of itself under -v.
[[nodiscard]] std::string essential_words(std::string_view text);

/// What such words mean.
[[nodiscard]] Error error_from_words(const Settings& settings, std::string_view text);

}  // namespace duplid::ssh
