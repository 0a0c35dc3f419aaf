// The gio program, run for a target in the session of whoever asked.
#pragma once

#include "storage/remote/command/child.hpp"
#include "storage/remote/gio/location.hpp"
#include "storage/remote/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::gio {

/// What it speaks to are GVfs's daemons, which it finds by the session bus; so its environment is
/// the caller's, as far as RemoteOptions::variables have it. Any thread.
class Program {
public:
    /// Throws: Error unreachable when the caller's variables name no session bus, invalid when the
    /// password is one that the program cannot be told.
    Program(const Location& location, const remote::RemoteOptions& options);

    /// Runs `gio words...`. Its output goes to `into` or Finished::output.
    [[nodiscard]] command::Finished run(std::vector<std::string> words,
                                        io::Sink* into = nullptr) const;
    /// Runs `gio words...` and gives it all of `source` to read, as fast as may be sent.
    [[nodiscard]] command::Finished feed(std::vector<std::string> words, io::Source& source) const;
    /// Mounts what the location is part of, telling user and password where they are asked for. A
    /// status other than 0 may also mean that it is mounted already. Where a mount begins at some
    /// directory (WebDAV), that must be there: one that is not is looked for further up.
    /// Throws: Error denied when it cannot be mounted without being told something else.
    [[nodiscard]] command::Finished mount() const;

    /// What its failure means. `doing` and `object` are the operation and what it was about.
    [[nodiscard]] Error failure(const command::Finished& finished, std::string_view doing,
                                const std::string& object) const;
    /// The target's URL, for people.
    [[nodiscard]] const std::string& description() const noexcept { return description_; }

private:
    [[nodiscard]] command::Command command(std::vector<std::string> words) const;
    [[nodiscard]] command::Finished mount(const std::string& uri) const;
    [[nodiscard]] std::chrono::milliseconds patience() const;

    remote::RemoteOptions options_;
    std::string uri_;
    std::string user_;
    bool knows_user_;
    io::Secret password_;
    std::string description_;
};

}  // namespace duplid::gio
