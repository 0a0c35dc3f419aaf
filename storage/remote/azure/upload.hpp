// One file to one blob: in one request, or in blocks that a last request makes a blob of.
#pragma once

#include "storage/remote/azure/service.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::azure {

/// The tier a file is stored in: `tier`, or empty for the account's own. Nobody can read what is in
/// the archive tier for hours, so what must be read to know what there is at all stays out of it:
/// manifests, as with the reference's archive classes of S3 (backends.md 4.1), and signatures.
[[nodiscard]] std::string tier_for(const std::string& tier, std::string_view name);

/// How a file is cut: `blocks` of `block_bytes`, the last one possibly shorter.
struct Cut {
    std::uint64_t block_bytes = 0;
    std::uint64_t blocks = 0;

    friend bool operator==(const Cut&, const Cut&) = default;
};
/// The service takes 50,000 blocks at most, so those of a very large file are larger than wanted.
[[nodiscard]] Cut cut_of(std::uint64_t file_bytes, std::uint64_t block_bytes);

/// Names of `count` blocks, of `bytes` bytes each and not yet encoded, that no other upload uses.
/// Throws: Error invalid when so short ones cannot be told apart.
[[nodiscard]] std::vector<std::string> new_block_names(std::uint64_t count, std::size_t bytes);

/// The blob's content changes at once, when everything is there. The server compares the MD5 of
/// each request's body, and keeps that of the whole for whoever reads it.
class Upload {
public:
    /// `path` is "/name", encoded; `name` is for messages and for its tier.
    Upload(Service& service, std::string path, std::string name);

    /// `file` is the whole file. Throws: Error.
    void run(const curl::FilePart& file);

private:
    [[nodiscard]] std::vector<http::Header> properties(const std::string& md5) const;
    void put_whole(const curl::FilePart& file);
    void put_in_blocks(const curl::FilePart& file);
    [[nodiscard]] std::size_t block_name_bytes();
    void put_block(const curl::FilePart& part, const std::string& name);
    void commit(const std::vector<std::string>& names, const std::string& md5);
    void check_size(std::uint64_t bytes);
    [[nodiscard]] http::Request request(std::string_view doing) const;

    Service& service_;
    std::string path_;
    std::string name_;
};

}  // namespace duplid::azure
