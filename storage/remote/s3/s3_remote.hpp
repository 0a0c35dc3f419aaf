// Amazon S3, what speaks its protocol, and Google's storage in its compatible way: `s3:`,
// `boto+s3:`, `s3+http:`, `boto3+s3:`, `gs:`, `gcs:`, `boto3+gs:` URLs (backends.md 4.1, 4.2).
#pragma once

#include "storage/remote/remote.hpp"
#include "storage/remote/s3/service.hpp"
#include "storage/remote/s3/upload.hpp"

#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace duplid::s3 {

/// The objects of one bucket whose keys are the prefix and a name without slash.
///
/// An object appears whole or not at all, so there are no temporary names. Its content is proven by
/// the MD5 sum that goes with it, and by the ETag that comes back; where that is no digest (other
/// keys than the service's own), its size is asked for.
///
/// Files larger than --s3-multipart-chunk-size go in parts, up to --s3-multipart-max-procs at once
/// for each put().
///
/// remove() deletes up to a thousand names by one request, whose order is the service's, but never
/// a manifest together with anything else: what stands before it is gone first, and what stands
/// behind it goes later.
///
/// Threads: as Remote.
class S3Remote final : public remote::Remote {
public:
    /// Asks nothing of the network. Throws: Error invalid.
    S3Remote(Place place, const remote::Url& url, const remote::RemoteOptions& options);

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
    [[nodiscard]] std::string key_of(const std::string& name) const;
    [[nodiscard]] std::vector<http::Header> headers_for(const std::string& name) const;
    [[nodiscard]] Page page(const std::string& token, const std::string& marker);
    /// False when the service knows no such request.
    [[nodiscard]] bool remove_batch(std::span<const std::string> keys);
    void remove_one(const std::string& key);
    void remove_some(std::span<const std::string> names);

    Service service_;
    std::once_flag swept_;
    std::atomic<bool> lists_like_version_1_{false};
    std::atomic<bool> deletes_singly_{false};
};

/// For the registry. Throws: Error invalid for options that do not go together or with the service.
[[nodiscard]] std::unique_ptr<remote::Remote> open(const remote::Url& url,
                                                   const remote::RemoteOptions& options);

}  // namespace duplid::s3
