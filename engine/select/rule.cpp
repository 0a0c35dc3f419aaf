#include "engine/select/rule.hpp"

#include "engine/select/file_list.hpp"
#include "engine/select/glob.hpp"
#include "engine/select/literal_index.hpp"
#include "engine/select/named_paths.hpp"
#include "engine/select/regexp.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <variant>
#include <vector>

namespace duplid::select {

namespace {

using Kind = RuleOption::Kind;

struct DeviceFiles {};
struct IfPresent {
    std::string marker;
};
struct OtherFilesystems {};
struct OlderThan {
    std::int64_t time;
};
struct Caches {};
struct LargerThan {
    std::uint64_t bytes;
};
struct NoDump {};

// 0.8.22 looks for the marker in the listing, so that names no listing holds never match.
bool can_be_listed(std::string_view name) noexcept
{
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

// What a single rule says of a path. Only globs know `below`.
using Answer = Glob::Answer;

Answer answer_if(bool matches) noexcept
{
    return matches ? Answer::match : Answer::nothing;
}

struct Question {
    std::string_view path;
    const Facts& facts;

    [[nodiscard]] Answer operator()(const Glob& glob) const
    {
        return glob.answer(path, facts.type == Type::directory);
    }
    [[nodiscard]] Answer operator()(const Regexp& regexp) const
    {
        return answer_if(regexp.is_found_in(path));
    }
    [[nodiscard]] Answer operator()(const DeviceFiles& /*rule*/) const
    {
        return answer_if(facts.type == Type::character || facts.type == Type::block);
    }
    [[nodiscard]] Answer operator()(const IfPresent& rule) const
    {
        return answer_if(facts.type == Type::directory && can_be_listed(rule.marker) &&
                         facts.markers != nullptr && facts.markers->contains(rule.marker));
    }
    [[nodiscard]] Answer operator()(const OtherFilesystems& /*rule*/) const
    {
        return answer_if(facts.other_filesystem);
    }
    [[nodiscard]] Answer operator()(const OlderThan& rule) const
    {
        return answer_if(facts.type == Type::regular && facts.mtime < rule.time);
    }
    [[nodiscard]] Answer operator()(const Caches& /*rule*/) const
    {
        return answer_if(facts.type == Type::directory && facts.markers != nullptr &&
                         facts.markers->has_cache_tag());
    }
    [[nodiscard]] Answer operator()(const LargerThan& rule) const
    {
        return answer_if(facts.type == Type::regular && facts.size > rule.bytes);
    }
    [[nodiscard]] Answer operator()(const NoDump& /*rule*/) const
    {
        return answer_if(facts.markers != nullptr && facts.markers->is_nodump());
    }
    [[nodiscard]] Answer operator()(const NamedPaths& named) const
    {
        return answer_if(!named.holds(path));
    }
};

// What the filters said so far.
struct Filter {
    enum class Language { glob, literal, regexp };
    Language language = Language::glob;
    bool ignore_case = false;
};

bool is_filter(Kind kind) noexcept
{
    return kind == Kind::filter_globbing || kind == Kind::filter_literal ||
           kind == Kind::filter_regexp || kind == Kind::filter_ignorecase ||
           kind == Kind::filter_strictcase;
}

// A filter changes what follows it; command-line.md 6.7 has the two ways in which it cannot.
void check_filters(std::span<const RuleOption> options)
{
    const bool says_nothing =
        !options.empty() && std::all_of(options.begin(), options.end(), [](const auto& option) {
            return option.kind == Kind::filter_globbing || option.kind == Kind::filter_strictcase;
        });
    if (says_nothing) {
        throw SelectionError{SelectionProblem::redundant_filter,
                             "patterns are globs, and case matters, without any filter", ""};
    }
    if (!options.empty() && is_filter(options.back().kind)) {
        throw SelectionError{SelectionProblem::trailing_filter,
                             "the last selection option is a filter, and filters change those that "
                             "follow them",
                             "", "put it in front of what it is to change"};
    }
}

struct Rule {
    bool include;
    std::string description;
    std::variant<Glob, Regexp, DeviceFiles, IfPresent, OtherFilesystems, OlderThan, Caches,
                 LargerThan, NoDump, NamedPaths>
        test;
    RuleOrigin origin = {};
};

// A glob that can match nothing below the source is a mistake (command-line.md 6.4). 0.8.22 checks
// every glob as if it were an include.
void check_reach(const Glob& glob, const std::string& pattern, const std::string& base)
{
    if (glob.answer(base, true) == Answer::nothing) {
        throw SelectionError{
            SelectionProblem::cannot_match,
            fmt::format("the pattern '{}' cannot match anything below '{}'", pattern, base),
            pattern, "patterns begin with the source, or with something like '**' that matches it"};
    }
}

Rule regexp_rule(bool include, const std::string& expression, const Filter& filter)
{
    return {include, fmt::format("Regular expression: {}", expression),
            Regexp{expression, filter.ignore_case}};
}

Rule pattern_rule(bool include, const std::string& pattern, const std::string& base,
                  const Filter& filter)
{
    if (filter.language == Filter::Language::regexp) {
        return regexp_rule(include, pattern, filter);
    }
    const bool literal = filter.language == Filter::Language::literal;
    Glob glob{pattern, {.literal = literal, .ignore_case = filter.ignore_case}};
    check_reach(glob, pattern, base);
    return {include,
            fmt::format("Command-line {} {}: {}", include ? "include" : "exclude",
                        literal ? "literal" : "glob", pattern),
            std::move(glob)};
}

std::string content_of(const std::string& name, const RuleSettings& settings)
{
    try {
        const auto bytes = settings.lists ? settings.lists(name) : read_file_list(name);
        return std::string{io::text_of(bytes)};
    } catch (const Error& error) {
        throw SelectionError{SelectionProblem::list_not_opened,
                             fmt::format("opening the file list '{}': {}", name, error.what()),
                             name, error.hint(), error.kind()};
    }
}

}  // namespace

class Rules::List {
public:
    List(std::span<const RuleOption> options, const std::string& base,
         const RuleSettings& settings);

    struct Decision {
        Verdict verdict = Verdict::include;
        const Rule* rule = nullptr;  // that included or excluded; null when none did
    };
    [[nodiscard]] Decision decide(std::string_view path, const Facts& facts) const;

private:
    void add(const RuleOption& option, const std::string& base, const RuleSettings& settings);
    void add_list(const RuleOption& option, const std::string& base, const RuleSettings& settings);
    void set_filter(Kind kind) noexcept;
    /// The one rule for what is named.
    [[nodiscard]] NamedPaths& named_paths(const std::string& base);

    std::vector<Rule> rules_;
    Filter filter_;  // for the option that comes next
    LiteralIndex literals_;
    std::vector<std::size_t> others_;  // positions of the rules that are not in literals_
};

Rules::List::List(std::span<const RuleOption> options, const std::string& base,
                  const RuleSettings& settings)
{
    check_filters(options);
    for (std::size_t i = 0; i < options.size(); ++i) {
        const auto before = rules_.size();
        add(options[i], base, settings);
        for (auto position = before; position < rules_.size(); ++position) {
            rules_[position].origin.option = i;
        }
    }
    for (auto& rule : rules_) {
        if (auto* const named = std::get_if<NamedPaths>(&rule.test)) {
            named->finish();
        }
    }
    // Device and marker rules stand in front of all others, the last given first (sel-114,
    // sel-125). Ours that go by marks follow the example; a size has its place, as a time has. What
    // is not named is not there for any rule.
    const auto is_front = [](const Rule& rule) {
        return std::holds_alternative<DeviceFiles>(rule.test) ||
               std::holds_alternative<IfPresent>(rule.test) ||
               std::holds_alternative<Caches>(rule.test) ||
               std::holds_alternative<NoDump>(rule.test) ||
               std::holds_alternative<NamedPaths>(rule.test);
    };
    const auto front_end = std::stable_partition(rules_.begin(), rules_.end(), is_front);
    std::reverse(rules_.begin(), front_end);

    if (!rules_.empty() && rules_.back().include) {
        throw SelectionError{
            SelectionProblem::redundant_inclusion,
            fmt::format("the last rule ({}) only includes, but everything is included by default",
                        rules_.back().description),
            rules_.back().description, "end with an exclude rule, for instance for '**'"};
    }
    for (std::size_t position = 0; position < rules_.size(); ++position) {
        const auto* glob = std::get_if<Glob>(&rules_[position].test);
        if (glob != nullptr && glob->is_literal()) {
            literals_.add(*glob, position, rules_[position].include);
        } else {
            others_.push_back(position);
        }
    }
}

void Rules::List::add(const RuleOption& option, const std::string& base,
                      const RuleSettings& settings)
{
    switch (option.kind) {
    case Kind::include:
    case Kind::exclude:
        rules_.push_back(pattern_rule(option.kind == Kind::include, option.value, base, filter_));
        break;
    case Kind::include_filelist:
    case Kind::exclude_filelist:
        add_list(option, base, settings);
        break;
    case Kind::include_regexp:
    case Kind::exclude_regexp:
        rules_.push_back(regexp_rule(option.kind == Kind::include_regexp, option.value, filter_));
        break;
    case Kind::filter_globbing:
    case Kind::filter_literal:
    case Kind::filter_regexp:
    case Kind::filter_ignorecase:
    case Kind::filter_strictcase:
        set_filter(option.kind);
        break;
    case Kind::exclude_device_files:
        rules_.push_back({false, "Exclude device files", DeviceFiles{}});
        break;
    case Kind::exclude_if_present:
        rules_.push_back({false,
                          fmt::format("Command-line exclude-if-present filename: {}", option.value),
                          IfPresent{option.value}});
        break;
    case Kind::exclude_other_filesystems:
        rules_.push_back({false, "Match other filesystems", OtherFilesystems{}});
        break;
    case Kind::exclude_older_than:
        rules_.push_back(
            {false, fmt::format("Select older than {}", option.time), OlderThan{option.time}});
        break;
    case Kind::files_from:
        named_paths(base).add_list(content_of(option.value, settings),
                                   settings.null_separator ? '\0' : '\n');
        break;
    case Kind::named_path:
        named_paths(base).add(option.value);
        break;
    case Kind::exclude_caches:
        rules_.push_back({false, "Exclude tagged caches", Caches{}});
        break;
    case Kind::exclude_larger_than:
        rules_.push_back({false, fmt::format("Exclude files above {} bytes", option.bytes),
                          LargerThan{option.bytes}});
        break;
    case Kind::exclude_nodump:
        rules_.push_back({false, "Exclude files marked nodump", NoDump{}});
        break;
    }
}

void Rules::List::add_list(const RuleOption& option, const std::string& base,
                           const RuleSettings& settings)
{
    for (const auto& line :
         parse_file_list(content_of(option.value, settings), settings.null_separator,
                         option.kind == Kind::include_filelist)) {
        rules_.push_back(pattern_rule(line.include, line.pattern, base, filter_));
        rules_.back().origin.line = line.line;
    }
}

void Rules::List::set_filter(Kind kind) noexcept
{
    switch (kind) {
    case Kind::filter_literal:
        filter_.language = Filter::Language::literal;
        break;
    case Kind::filter_regexp:
        filter_.language = Filter::Language::regexp;
        break;
    case Kind::filter_ignorecase:
        filter_.ignore_case = true;
        break;
    case Kind::filter_strictcase:
        filter_.ignore_case = false;
        break;
    default:
        filter_.language = Filter::Language::glob;
        break;
    }
}

NamedPaths& Rules::List::named_paths(const std::string& base)
{
    for (auto& rule : rules_) {
        if (auto* const named = std::get_if<NamedPaths>(&rule.test)) {
            return *named;
        }
    }
    rules_.push_back({false, "Not named by --files-from", NamedPaths{base}});
    return std::get<NamedPaths>(rules_.back().test);
}

Rules::List::Decision Rules::List::decide(std::string_view path, const Facts& facts) const
{
    const auto literal = literals_.find(path, facts.type == Type::directory);
    auto decisive = literal.match;
    bool scan = false;
    for (const auto position : others_) {
        if (position > decisive) {
            break;
        }
        const auto& rule = rules_[position];
        const auto answer = std::visit(Question{path, facts}, rule.test);
        if (answer == Answer::match) {
            decisive = position;
            break;
        }
        scan = scan || (answer == Answer::below && rule.include);
    }
    const auto* rule = decisive == LiteralIndex::none ? nullptr : &rules_[decisive];
    if (rule != nullptr && rule->include) {
        return {Verdict::include, rule};
    }
    // An earlier include of something below outweighs an exclude, and also the default, which is
    // to include: with `--include **.x --exclude /other` a directory is only scanned, and what
    // is no directory is left out (sel-101, and run with that very pair).
    if (scan || literal.below < decisive) {
        return {Verdict::scan, rule};
    }
    return {rule == nullptr ? Verdict::include : Verdict::exclude, rule};
}

Rules::Rules(std::span<const RuleOption> options, std::string base, const RuleSettings& settings)
    : base_{std::move(base)}, list_{std::make_unique<List>(options, base_, settings)}
{
}

Rules::Rules(Rules&&) noexcept = default;
Rules& Rules::operator=(Rules&&) noexcept = default;
Rules::~Rules() = default;

Verdict Rules::decide(std::string_view path, const Facts& facts) const
{
    return list_->decide(path, facts).verdict;
}

std::optional<std::string> Rules::why(std::string_view path, const Facts& facts) const
{
    const auto* rule = list_->decide(path, facts).rule;
    return rule == nullptr ? std::nullopt : std::optional{rule->description};
}

Reason Rules::explain(std::string_view path, const Facts& facts) const
{
    const auto decision = list_->decide(path, facts);
    if (decision.rule == nullptr || decision.verdict == Verdict::scan) {
        return {decision.verdict};
    }
    return {decision.verdict, decision.rule->origin, decision.rule->description};
}

std::string normal_source(std::string_view argument)
{
    std::string source{argument.starts_with('/') ? "/" : ""};
    while (!argument.empty()) {
        const auto slash = argument.find('/');
        const auto component = argument.substr(0, slash);
        argument.remove_prefix(slash == std::string_view::npos ? argument.size() : slash + 1);
        if (component.empty() || component == ".") {
            continue;
        }
        if (!source.empty() && source.back() != '/') {
            source += '/';
        }
        source += component;
    }
    return source.empty() ? "." : source;
}

}  // namespace duplid::select
