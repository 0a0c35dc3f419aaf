// Which version of duplicity the drop-in is.
#pragma once

#include "ctl/duplicity/invocation.hpp"

namespace duplid::duplicity {

/// $DUPLID_COMPAT_VERSION, else the first word of $XDG_CONFIG_HOME/duplid/compat-version (or
/// ~/.config/...), else 0.8.22. What does not look like a version is passed over: a front end that
/// asks for the version must get one.
[[nodiscard]] CompatVersion compat_version();

}  // namespace duplid::duplicity
