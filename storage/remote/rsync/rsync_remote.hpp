// A directory behind the rsync program: a daemon's module, or a path over ssh (backends.md 3.3).
#pragma once

#include "storage/remote/command/child.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/rsync/connection.hpp"
#include "storage/remote/url.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace duplid::rsync {

/// Each operation is a run of rsync of its own. rsync writes under a hidden name, proves the whole
/// file by its own checksum and renames it, so nothing is read back.
///
/// Reads of `RemoteOptions`: rsync.options, timeout, temp_directory, limits; for daemons, of the
/// variables, RSYNC_PASSWORD, else FTP_PASSWORD; for ssh all that ssh:: reads.
class RsyncRemote final : public remote::Remote {
public:
    /// Touches nothing yet; the directory is made when it turns out to be missing.
    /// Throws: Error as make_connection().
    RsyncRemote(const remote::Url& url, const remote::RemoteOptions& options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    [[nodiscard]] io::TempFile make_spool(const std::string& name,
                                          const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return connection_->shown(); }

private:
    /// Below the connection's root: a name in the target's directory, or "" for that itself.
    [[nodiscard]] std::string place_of(const std::string& name) const;
    /// What a file is sent to.
    [[nodiscard]] std::string destination(const std::string& name) const;
    [[nodiscard]] Error failure(const command::Finished& finished, std::string_view doing,
                                const std::string& object) const;
    void make_directory(bool was_there);
    void require_new(bool was_there) const;
    void remove_one(const std::string& name);

    std::unique_ptr<Connection> connection_;
    std::string temp_directory_;
    /// The directory has been seen, or made.
    std::atomic<bool> was_there_ = false;
};

}  // namespace duplid::rsync
