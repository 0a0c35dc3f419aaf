// Manifests of the vectors, unwrapped by tools that are not ours (zlib's gzip reader, gpg).
#pragma once

#include "storage/io/bytes.hpp"

#include <string>
#include <vector>

namespace duplid::manifest::test {

/// Paths of all manifests below the vectors, partial ones included, relative to them.
[[nodiscard]] std::vector<std::string> golden_manifests();

/// The plain text of one of them.
[[nodiscard]] io::Bytes golden_manifest(const std::string& path);

}  // namespace duplid::manifest::test
