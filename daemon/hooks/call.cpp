#include "daemon/hooks/call.hpp"

#include <fmt/format.h>

namespace duplid::hooks {

Error too_long(const Call& call)
{
    const auto seconds = std::chrono::duration<double>{call.time_max}.count();
    return {Error::Kind::unreachable, fmt::format("it had not ended after {} s", seconds),
            call.title(), "its \"time_limit\" says how long it may take"};
}

Error stopped(const Call& call)
{
    return {Error::Kind::cancelled, "stopped on request", call.title()};
}

}  // namespace duplid::hooks
