// A collection of a WebDAV server as target (backends.md 3.5).
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/url.hpp"
#include "storage/remote/webdav/server.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace duplid::webdav {

/// Files go up under a temporary name and are moved to their own; where the server refuses to
/// move, they are written in place, and the run's log says so. The collection is made, with
/// parents, when something is missing that should be in it. Redirects are followed within rules
/// (place.hpp), and remembered.
///
/// Threads: as Remote; each request has a connection to itself.
class WebdavRemote final : public remote::Remote {
public:
    /// No request is made yet. Throws: Error invalid for headers that are none.
    WebdavRemote(const remote::Url& url, const remote::RemoteOptions& options)
        : server_{url, options}
    {
    }

    [[nodiscard]] std::vector<remote::Listed> list() override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override { return true; }
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] bool can_rename() const noexcept override { return true; }
    void rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return server_.description(); }
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

private:
    void send(const io::TempFile& spool, const std::string& name);
    void require_size(const std::string& stored, std::uint64_t bytes, const std::string& name);
    [[nodiscard]] bool move(const std::string& from, const std::string& to);
    void put_in_place(const io::TempFile& spool, const std::string& name);
    void discard(const std::string& name) noexcept;

    Server server_;
    std::atomic<MoveForm> move_form_{MoveForm::absolute};
    std::atomic<bool> has_swept_{false};
};

/// For the registry.
[[nodiscard]] std::unique_ptr<remote::Remote> open(const remote::Url& url,
                                                   const remote::RemoteOptions& options);

}  // namespace duplid::webdav
