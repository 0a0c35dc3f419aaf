// A directory of one of rclone's remotes, through the rclone program (backends.md 3.7).
#pragma once

#include "storage/remote/command/child.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/url.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::rclone {

/// Each operation is a run of rclone of its own, with the caller's own configuration.
///
/// Uploads go to a temporary name and are renamed: rclone before 1.63 writes in place where the
/// service does not put whole objects, and tells nobody which services do.
///
/// Reads of `RemoteOptions`: timeout, limits, variables (HOME, XDG_CONFIG_HOME, proxies,
/// RCLONE_...).
class RcloneRemote final : public remote::Remote {
public:
    /// Touches nothing yet; the directory is made with the first upload, or an empty listing.
    RcloneRemote(const remote::Url& url, remote::RemoteOptions options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    [[nodiscard]] io::TempFile make_spool(const std::string& name,
                                          const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override { return true; }
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return description_; }
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

private:
    [[nodiscard]] command::Finished run(std::vector<std::string> words,
                                        io::Sink* into = nullptr) const;
    [[nodiscard]] Error failure(const command::Finished& finished, std::string_view doing,
                                const std::string& object) const;
    [[nodiscard]] std::string path_of(const std::string& name) const;
    [[nodiscard]] std::optional<std::uint64_t> known_size(const std::string& name);

    remote::RemoteOptions options_;
    std::string directory_;  ///< "remote:dir"
    std::string description_;
    std::mutex mutex_;
    std::map<std::string, std::uint64_t> sizes_;  ///< of the last listing
};

}  // namespace duplid::rclone
