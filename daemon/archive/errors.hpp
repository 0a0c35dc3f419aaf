// Between the exception of the lower folders and the error on the wire.
#pragma once

#include "proto/error.hpp"
#include "storage/io/error.hpp"

#include <exception>

namespace duplid::daemon {

/// By name: both enumerations hold the ten kinds (proto/error.hpp).
[[nodiscard]] proto::RpcError to_rpc(const Error& error);

/// Whatever was thrown. Exceptions that are not ours count as internal; memory that cannot be had
/// is said in words.
[[nodiscard]] proto::RpcError to_rpc(const std::exception_ptr& thrown);

}  // namespace duplid::daemon
