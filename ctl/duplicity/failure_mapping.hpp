// From the daemon's errors to those the reference ends with.
#pragma once

#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/invocation.hpp"
#include "proto/error.hpp"

namespace duplid::duplicity {

/// The Fatal that stands for an error of the daemon's, by its kind, its detail and its facts
/// (command-line.md 3.2).
[[nodiscard]] Fatal fatal_from(const proto::RpcError& error, const Invocation& invocation);

}  // namespace duplid::duplicity
