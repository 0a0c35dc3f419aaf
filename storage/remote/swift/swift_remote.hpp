// OpenStack's object storage as target: `swift://container[/prefix]`, OVH's archive `pca://` and
// Rackspace's Cloud Files `cf+http://` (backends.md 4.5 to 4.7).
#pragma once

#include "storage/remote/container_place.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/swift/service.hpp"

#include <mutex>
#include <string>

namespace duplid::swift {

/// Reads of RemoteOptions: swift, and of the variables those of account_from().
///
/// Names must be UTF-8. What OVH's archive has sealed is asked for and is then Error unreachable
/// with the facts `throttled` and `retry_after`, which RetryingRemote waits for.
class SwiftRemote final : public remote::Remote {
public:
    /// Nothing is asked of the server yet. The first operation logs in, and makes the container
    /// when it is missing. Throws: Error, for URLs and credentials that make no sense.
    SwiftRemote(const remote::Url& url, const remote::RemoteOptions& options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override { return true; }
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override;

private:
    [[nodiscard]] std::string url_of(const std::string& name) const;
    [[nodiscard]] http::Answer read(http::Request request, const std::string& name);
    [[nodiscard]] http::Answer head(const std::string& name);
    void put_whole(const curl::FilePart& file, const std::string& name);
    void remove_one(const std::string& name);
    void open_container();
    void require_container();

    std::string scheme_;
    remote::ContainerPlace place_;
    Service service_;
    std::mutex opening_;
    bool is_open_ = false;
};

}  // namespace duplid::swift
