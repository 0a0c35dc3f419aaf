// Which selection rule decides about a path, without a backup.
#pragma once

#include "engine/select/rule.hpp"

#include <optional>
#include <string>
#include <vector>

namespace duplid::operation {

struct WhyRequest {
    std::string source{};  ///< as select::normal_source gives it
    /// Below the source, or relative to it.
    std::string path{};
    std::vector<select::RuleOption> rules{};
    select::RuleSettings rule_settings{};
};

struct WhyAnswer {
    enum class Fate {
        stored,
        left_out,
        scanned,  ///< a directory that is stored only if something below it is
    };
    Fate fate = Fate::stored;
    std::string path;     ///< as rules see it
    bool exists = false;  ///< if not, rules about more than names were asked about a regular file
    /// The path that was decided about: this one, or the topmost directory above it that is left
    /// out, so that no rule is ever asked about what is below.
    std::string decided_at;
    /// The rule that decided; nothing: no rule did, and the default is to store.
    std::optional<select::RuleOrigin> origin;
    std::string rule;  ///< in words; also for what no rule decides: "sockets are never stored"
};

/// Throws: select::SelectionError; Error invalid when the path is not below the source.
[[nodiscard]] WhyAnswer why(const WhyRequest& request);

}  // namespace duplid::operation
