// A directory of an FTP server as target (backends.md 3.4): ftp, ftpes, ftps.
#pragma once

#include "storage/remote/ftp/listing.hpp"
#include "storage/remote/ftp/session.hpp"
#include "storage/remote/remote.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace duplid::ftp {

/// Files go up under a temporary name and get their own by RNFR and RNTO. The directory is made,
/// with parents, when it cannot be entered.
///
/// Names with control characters, and with the byte 255 that telnet (and so FTP) gives a meaning of
/// its own, are Error invalid.
///
/// Threads: as Remote; each operation has a connection to itself.
class FtpRemote final : public remote::Remote {
public:
    /// Nothing is connected yet.
    FtpRemote(const remote::Url& url, const remote::RemoteOptions& options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override { return true; }
    /// Costs a new connection each time: the rest of a file can only be refused by hanging up.
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] bool can_rename() const noexcept override { return true; }
    void rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return session_.description(); }

private:
    /// Runs a step, once more with the directory made if it was missing.
    Outcome try_run(const Step& step);
    Outcome run(const Step& step);
    void make_directory();

    [[nodiscard]] std::vector<Entry> entries();
    [[nodiscard]] std::vector<Entry> entries_by_names();
    void sweep(const std::vector<Entry>& entries);
    /// The answer to RNTO, or to RNFR when that was refused.
    [[nodiscard]] Reply rename_on_server(const Step& step, const std::string& from,
                                         const std::string& to);
    void publish(const std::string& temporary, const std::string& name);
    void remove_one(const std::string& name);
    void discard(const std::string& name) noexcept;

    Session session_;
    std::atomic<bool> has_mlsd_{true};
    std::atomic<bool> has_swept_{false};
};

/// For the registry.
[[nodiscard]] std::unique_ptr<remote::Remote> open(const remote::Url& url,
                                                   const remote::RemoteOptions& options);

}  // namespace duplid::ftp
