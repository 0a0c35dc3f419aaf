// A directory as target: `file:` URLs (backends.md 3.1).
#pragma once

#include "storage/remote/rate_limit.hpp"
#include "storage/remote/remote.hpp"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace duplid::file {

/// Files in one directory. put() is a rename of what was built beside the final name, so a full
/// backup to a local disk writes each byte once.
///
/// Names that are symbolic links to files are read and listed like files, since people move old
/// volumes to another disk that way and the reference follows them; put() and remove() act on the
/// link itself. Anything but a regular file at the other end is refused, never waited for.
///
/// A limit of rate is kept by whole files on the way here, since they are built in place: one that
/// is too early waits before it gets its name.
///
/// Threads: as Remote; there is no state beyond the path and the limits.
class FileRemote final : public remote::Remote {
public:
    /// Our temporary files that nobody has written to for this long are removed on opening.
    static constexpr std::chrono::hours sweep_age{24};

    /// Creates `directory`, an absolute path, with parents (mode 0777 less the umask) where
    /// missing, and removes temporary files of runs that died. `limits` may be null; `stop` ends
    /// waiting for them. Throws: Error.
    explicit FileRemote(std::string directory, std::shared_ptr<remote::RateLimits> limits = {},
                        std::stop_token stop = {});

    [[nodiscard]] std::vector<remote::Listed> list() override;
    [[nodiscard]] io::TempFile make_spool(const std::string& name,
                                          const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override { return true; }
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    [[nodiscard]] std::optional<io::Fd> open_local(const std::string& name) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] bool can_rename() const noexcept override { return true; }
    void rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override;
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

private:
    [[nodiscard]] std::string path_of(const std::string& name) const;
    [[nodiscard]] io::Fd open_name(const std::string& name) const;
    void require_directory() const;
    void sweep() const noexcept;
    void send(std::uint64_t bytes) const;
    void receive(std::uint64_t bytes) const;

    std::string directory_;
    std::shared_ptr<remote::RateLimits> limits_;
    std::stop_token stop_;
};

}  // namespace duplid::file
