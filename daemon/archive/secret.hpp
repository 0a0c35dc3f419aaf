// A request's secrets as those that engine and targets keep: the same bytes, not a copy of them.
#pragma once

#include "proto/secret_text.hpp"
#include "storage/io/secret.hpp"

namespace duplid::daemon {

[[nodiscard]] inline io::Secret secret_from(const proto::SecretText& text) noexcept
{
    return {text.buffer(), text.reveal().size()};
}

}  // namespace duplid::daemon
