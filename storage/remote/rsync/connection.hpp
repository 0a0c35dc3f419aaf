// How rsync reaches the machine at the other end: a daemon's port, or a login by ssh.
#pragma once

#include "storage/remote/command/child.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/url.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::rsync {

/// Any thread; runs may go on side by side.
class Connection {
public:
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    /// What the target's path is below, in rsync's words: "host::module/", "me@host:./", "host:/".
    [[nodiscard]] const std::string& root() const noexcept { return root_; }
    /// Below it, without slashes at its ends; may be empty.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// The URL without password.
    [[nodiscard]] const std::string& shown() const noexcept { return shown_; }

    /// Runs rsync with `words` behind those that every run is given. Finished::errors are rsync's
    /// own words and the other end's. Throws: as command::run(); for a login that failed, what the
    /// ssh program's words mean.
    [[nodiscard]] command::Finished run(std::vector<std::string> words) const;

protected:
    explicit Connection(remote::RemoteOptions options) : options_{std::move(options)} {}

    [[nodiscard]] virtual command::Finished start(command::Command command) const = 0;

    remote::RemoteOptions options_;
    std::string root_;
    std::string path_;
    std::string shown_;
    std::vector<std::string> own_words_;  ///< of this way to get there
};

/// Of "rsync://host::module/path" or "rsync://host/path". Reaches nobody yet.
/// Throws: Error invalid for options that make no sense; for ssh, as ssh::settle().
[[nodiscard]] std::unique_ptr<Connection> make_connection(const remote::Url& url,
                                                          const remote::RemoteOptions& options);

/// A word of the command that rsync's -e takes: rsync parts it at blanks, takes quotes off and
/// knows no backslash; a quote in quotes is written twice (rsync(1), "--rsh").
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace duplid::rsync
