// What Swift and the services that let people into it answer, taken apart. Hostile until parsed.
//
// Format facts: backends.md 4.5; "Identity API" v2.0 and v3 and "Object Storage API" of OpenStack.
#pragma once

#include "storage/io/error.hpp"
#include "storage/remote/http/client.hpp"
#include "storage/remote/remote.hpp"
#include "storage/remote/swift/account.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::swift {

/// What a login yields.
struct Session {
    std::string storage_url;  ///< without a slash at its end
    io::Secret token;
};

/// The body of an answer of version 2.0: token and catalogue. The caller wipes it. Throws: Error
/// invalid, naming the regions that there are, when the account's is none of them; unreachable for
/// nonsense.
[[nodiscard]] Session parse_session_v2(std::string_view text, const Account& account);
/// The body of an answer of version 3, whose token stands in a header.
[[nodiscard]] Session parse_session_v3(std::string_view text, io::Secret token,
                                       const Account& account);

/// One page of a container's list, without what stands for several (`subdir`).
struct Page {
    std::vector<remote::Listed> objects;  ///< with their whole names
    std::string last;                     ///< what the next page begins behind; empty: no more
};
[[nodiscard]] Page parse_page(std::string_view text, const std::string& object);

/// The segments that a manifest of a static large object names, as "/container/name".
[[nodiscard]] std::vector<std::string> parse_manifest(std::string_view text,
                                                      const std::string& object);

/// What a cluster can do, as far as we ask.
struct Abilities {
    bool has_static_large_objects = false;
    std::uint64_t segments_max = 1000;
    std::uint64_t object_bytes_max = std::uint64_t{5} << 30U;
};
/// The defaults for what is missing or malformed.
[[nodiscard]] Abilities parse_abilities(std::string_view text);

/// What an answer outside 2xx means.
[[nodiscard]] Error error_from(const http::Request& request, const http::Answer& answer);

}  // namespace duplid::swift
