// Azure Blob Storage as target: `azure://container[/prefix]` (backends.md 4.3).
#pragma once

#include "storage/remote/azure/service.hpp"
#include "storage/remote/container_place.hpp"
#include "storage/remote/remote.hpp"

#include <string>

namespace duplid::azure {

/// Reads of RemoteOptions: azure, and of the variables those of account_from().
///
/// Names must be UTF-8 without control characters, which cannot be in a list, since that is XML,
/// and without backslashes, which the service takes for slashes.
class AzureRemote final : public remote::Remote {
public:
    /// Nothing is asked of the server yet. The container is made by the first operation that misses
    /// it. Throws: Error, for URLs, options and credentials that make no sense.
    AzureRemote(const remote::Url& url, const remote::RemoteOptions& options);

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
    [[nodiscard]] std::string path_of(const std::string& name) const;

    remote::ContainerPlace place_;
    Service service_;
};

}  // namespace duplid::azure
