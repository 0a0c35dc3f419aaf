// What every use of librsync here shares. The one place that includes its header besides those.
#pragma once

#include "storage/io/bytes.hpp"

#include <librsync.h>

namespace duplid::rdiff {

/// Keeps librsync, which reports to standard error by default, quiet: what it has to say comes
/// back as results, and those become Errors. Cheap to call again; any thread.
void quiet_librsync() noexcept;

/// librsync's view of bytes to read. It never writes through it; its type only predates const.
[[nodiscard]] rs_buffers_t buffers_over(io::ByteView input, bool at_end) noexcept;

}  // namespace duplid::rdiff
