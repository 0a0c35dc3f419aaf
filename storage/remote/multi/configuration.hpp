// What a `multi:` URL and the JSON file that it names say.
//
// Format facts: backends.md 6.2 and duplicity's manual, "A note on multi backend".
#pragma once

#include "storage/remote/url.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::multi {

enum class Mode {
    stripe,  ///< each file on one member, in turn
    mirror,  ///< each file on every member
};

enum class OnFailure {
    go_on,  ///< another member will do
    abort,  ///< a write that fails on one member fails
};

struct MemberPlan {
    std::string url;  ///< with the subpath appended; may hold a password
    std::vector<std::pair<std::string, std::string>> variables;
    std::vector<std::string> prefixes;
};

struct Configuration {
    std::string path;  ///< of the file
    Mode mode = Mode::stripe;
    OnFailure on_failure = OnFailure::go_on;
    std::vector<MemberPlan> members;
};

/// Reads the file. Throws: Error, naming it; invalid for unknown or repeated words of the query and
/// a file that is not as it should be.
[[nodiscard]] Configuration read_configuration(const remote::Url& url);

/// The members that `text`, the content of a file `path`, names. Throws: Error invalid.
[[nodiscard]] std::vector<MemberPlan> parse_members(std::string_view text, const std::string& path);

}  // namespace duplid::multi
