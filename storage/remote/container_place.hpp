// What stands behind the scheme of an object store's URL: "container" or "container/prefix".
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/url.hpp"

#include <string>

namespace duplid::remote {

/// Where the files of a target are in an object store.
struct ContainerPlace {
    std::string container;
    /// What every object's name begins with: empty, or ending with '/'.
    std::string prefix;
};

/// Slashes at both ends and repeated ones mean nothing. A query has no meaning either, which
/// `options.notice()` says (backends.md 1.2).
/// Throws: Error invalid when there is no container.
[[nodiscard]] ContainerPlace container_place(const Url& url, const RemoteOptions& options);

}  // namespace duplid::remote
