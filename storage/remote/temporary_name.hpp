// What uploads are called until they are whole (backends.md 1.6).
#pragma once

#include <string>

namespace duplid::remote {

/// `.duplid-tmp-<16 hex>-<name>`, the name cut where a server's file system would not take so long
/// a one; io::is_temporary_name() knows it. Never twice the same.
[[nodiscard]] std::string temporary_name_for(const std::string& name);

}  // namespace duplid::remote
