// One request to S3, before it is signed.
#pragma once

#include "storage/io/sink.hpp"
#include "storage/remote/curl/transfer.hpp"
#include "storage/remote/http/client.hpp"
#include "storage/remote/s3/signer.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace duplid::s3 {

struct Call {
    std::string method = "GET";
    std::string key{};  ///< whole, not encoded; empty: the bucket itself
    Parameters parameters{};
    /// Lower case names. All are signed; host, x-amz-date, x-amz-content-sha256 and the session's
    /// token come from the service.
    std::vector<http::Header> headers{};
    std::variant<std::monostate, std::string, curl::FilePart> body{};
    /// Of a FilePart: its hash, or empty for one that TLS protects.
    std::string payload_sha256{};
    io::Sink* into = nullptr;
    std::function<void(const http::Answer& answer)> before_body{};
    std::chrono::seconds time_max{0};  ///< 0: no limit
    std::string doing{};
    std::string object{};
};

}  // namespace duplid::s3
