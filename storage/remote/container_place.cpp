#include "storage/remote/container_place.hpp"

#include "storage/io/error.hpp"

#include <fmt/format.h>

namespace duplid::remote {

ContainerPlace container_place(const Url& url, const RemoteOptions& options)
{
    ContainerPlace place;
    for (std::string_view rest = url.path; !rest.empty();) {
        const auto slash = rest.find('/');
        const auto part = rest.substr(0, slash);
        rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
        if (part.empty()) {
            continue;
        }
        if (place.container.empty()) {
            place.container = part;
        } else {
            place.prefix += part;
            place.prefix += '/';
        }
    }
    if (place.container.empty()) {
        throw Error{Error::Kind::invalid,
                    fmt::format("a {} target needs a container, as in {}://container", url.scheme,
                                url.scheme)}
            .with_detail("bad_url");
    }
    if (url.query && !url.query->empty()) {
        options.notice(fmt::format("what follows \"?\" in a {}:// URL has no effect", url.scheme));
    }
    return place;
}

}  // namespace duplid::remote
