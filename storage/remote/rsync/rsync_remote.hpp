// A directory behind the rsync program: a daemon's module, or a path over ssh (backends.md 3.3).
#pragma once

#include "storage/remote/command/child.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/url.hpp"

#include <string>
#include <vector>

namespace duplid::rsync {

/// Each operation is a run of rsync of its own. rsync writes under a hidden name, proves the whole
/// file by its own checksum and renames it, so nothing is read back.
///
/// Reads of `RemoteOptions`: rsync.options, ssh.options, timeout, variables (RSYNC_PASSWORD, else
/// FTP_PASSWORD, for daemons; what ssh needs), limits.
class RsyncRemote final : public remote::Remote {
public:
    /// Touches nothing yet; the directory is made when it turns out to be missing.
    RsyncRemote(const remote::Url& url, remote::RemoteOptions options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    [[nodiscard]] io::TempFile make_spool(const std::string& name,
                                          const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return description_; }

private:
    [[nodiscard]] command::Finished run(std::vector<std::string> words) const;
    [[nodiscard]] Error failure(const command::Finished& finished, std::string_view doing,
                                const std::string& object) const;
    void make_directory();
    void remove_one(const std::string& name);

    remote::RemoteOptions options_;
    std::string description_;
    std::string root_;  ///< what the path is below: "host::module/" or "user@host:", maybe with '/'
    std::string path_;  ///< below it, without slashes at its ends; may be empty
    std::string directory_;            ///< both, as rsync takes a directory
    std::vector<std::string> common_;  ///< the program and what every run is given
    io::Secret password_;
};

}  // namespace duplid::rsync
