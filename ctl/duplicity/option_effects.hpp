// What each option does to the invocation, at its place on the command line.
#pragma once

#include "ctl/duplicity/invocation.hpp"
#include "ctl/duplicity/option_words.hpp"
#include "ctl/duplicity/reporter.hpp"
#include "proto/target_variables.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace duplid::duplicity {

/// The user asked for help or the version: print this and end well.
struct Answer {
    std::string text;
};

/// Applies options from left to right. Logs are opened, and deprecations told, at once; what needs
/// the whole command line waits for finish().
class OptionEffects {
public:
    /// `now`: when the program started; what time strings count from.
    OptionEffects(Invocation& invocation, Reporter& reporter, std::int64_t now)
        : invocation_{invocation}, reporter_{reporter}, now_{now}
    {
    }

    /// Throws: UsageError; Fatal; Answer.
    void apply(const GivenOption& given);

    /// After the last option. Throws: Fatal 2.
    void finish();

private:
    /// A rule, or a list that was read here and becomes several.
    struct List {
        std::string content;
        std::string kind;
    };
    using RuleSource = std::variant<proto::RuleParams, List>;

    /// For options that only set one member of the invocation.
    bool set_plain_value(const GivenOption& given);
    void apply_general(const GivenOption& given);
    void apply_old_names(const GivenOption& given);
    void apply_encryption(const GivenOption& given);
    void apply_selection(const GivenOption& given);
    void add_list(const std::string& path, const std::string& kind);
    void add_names(const std::string& path);
    void set_sign_key(const std::string& key);
    void deprecate(const GivenOption& given, std::string_view advice);
    void tell_what_has_no_effect();

    [[nodiscard]] std::int64_t time_from(const GivenOption& given) const;

    Invocation& invocation_;
    Reporter& reporter_;
    std::int64_t now_;
    std::vector<RuleSource> rules_;
    std::vector<std::string> unused_;
    /// Options for targets, and which kinds read each.
    std::vector<std::pair<std::string, proto::TargetKinds>> for_targets_;
};

}  // namespace duplid::duplicity
