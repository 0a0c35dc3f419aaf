// Objects that are sent in parts, several at once.
#pragma once

#include "storage/remote/s3/service.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::s3 {

/// How an object is cut: all parts but the last have `part_bytes`.
struct Cut {
    std::uint64_t part_bytes;
    std::uint64_t parts;
};

/// Parts of at least `wanted_bytes`, of 5 MiB and more, and at most 10,000 of them.
[[nodiscard]] Cut cut_of(std::uint64_t bytes, std::uint64_t wanted_bytes) noexcept;

/// An object as it is to be stored.
struct Upload {
    std::string key;
    std::vector<http::Header> headers;  ///< class, encryption, rights
    int fd = -1;
    std::uint64_t bytes = 0;
    std::string object;  ///< for messages
};

/// Sends it whole, with its MD5 sum, which the service compares before the object appears. True
/// when the answer's ETag proves the content. Throws: Error; corrupt when the ETag is of something
/// else.
[[nodiscard]] bool send_whole(Service& service, const Upload& upload);

/// The same in parts. What a failure leaves at the service is aborted, as far as it answers.
[[nodiscard]] bool send_in_parts(Service& service, const Upload& upload, const Cut& cut);

/// Aborts uploads below the target's prefix that began more than a day ago: nobody goes on with
/// them, and they are paid for. Does what it can. Throws: Error cancelled.
void sweep_uploads(Service& service);

}  // namespace duplid::s3
