// A directory on a server that is reached by ssh: sftp, scp, fish and their kin (backends.md 3.2).
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/ssh/connector.hpp"
#include "storage/remote/url.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace duplid::ssh {

/// Connects with the first operation, which also makes the directory; each operation has a
/// connection of its own for as long as it lasts, and leaves it to the next.
///
/// Threads: as Remote.
class SshRemote final : public remote::Remote {
public:
    /// Our temporary files that nobody has written to for this long are removed by the first
    /// list().
    static constexpr std::chrono::hours sweep_age{24};

    /// Reads options and ssh's files; asks no server. Throws: Error as settle().
    SshRemote(const remote::Url& url, const remote::RemoteOptions& options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override
    {
        return !connector_.has_own_commands();
    }
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] bool can_rename() const noexcept override { return true; }
    void rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override;
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

private:
    template <typename Operation>
    auto with_files(Operation operation);
    [[nodiscard]] std::unique_ptr<Files> take();
    void give_back(std::unique_ptr<Files> files);
    void require_directory(Files& files) const;
    void sweep(Files& files, const std::vector<FileEntry>& entries);

    Connector connector_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Files>> idle_;
    bool is_made_ = false;
    std::atomic<bool> is_swept_ = false;
};

/// For the table of schemes.
[[nodiscard]] std::unique_ptr<remote::Remote> open(const remote::Url& url,
                                                   const remote::RemoteOptions& options);

}  // namespace duplid::ssh
