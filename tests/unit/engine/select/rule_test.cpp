// What tests/golden/selection.json does not say of rules.
#include "engine/select/rule.hpp"
#include "tests/unit/engine/select/tree.hpp"

#include <chrono>
#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::select;

namespace {

using Kind = RuleOption::Kind;

SelectionProblem problem_of(std::vector<RuleOption> options, const std::string& base)
{
    try {
        const Rules rules{options, base};
    } catch (const SelectionError& error) {
        return error.problem();
    }
    FAIL("accepted");
    return {};
}

/// An entry with the marks it is told to have.
struct Marks final : MarkerProbe {
    explicit Marks(bool any_name, bool cache = false, bool nodump = false)
        : any_name_{any_name}, cache_{cache}, nodump_{nodump}
    {
    }
    [[nodiscard]] bool contains(const std::string&) const override { return any_name_; }
    [[nodiscard]] bool has_cache_tag() const override { return cache_; }
    [[nodiscard]] bool is_nodump() const override { return nodump_; }

private:
    bool any_name_;
    bool cache_;
    bool nodump_;
};

}  // namespace

TEST_CASE("a rule may be written without case under a source that has capitals")
{
    // 0.8.22 refuses this (sel-160); command-line.md 13 lists it as a deviation on purpose.
    const std::vector<RuleOption> options{{Kind::exclude, "ignorecase:/base/sub/a.txt"}};
    const Rules rules{options, "/base/Sub"};
    CHECK(rules.decide("/base/Sub/A.TXT", {}) == Verdict::exclude);
    CHECK(rules.decide("/base/Sub/b.txt", {}) == Verdict::include);
    CHECK(problem_of({{Kind::exclude, "ignorecase:/base/sup"}}, "/base/Sub") ==
          SelectionProblem::cannot_match);
}

TEST_CASE("why names the deciding rule in duplicity's words")
{
    const std::vector<RuleOption> options{{Kind::include, "/base/a"},
                                          {Kind::exclude_regexp, "zxx"},
                                          {Kind::exclude_older_than, "", 1'763'768'009},
                                          {Kind::exclude, "**.o"}};
    const Rules rules{options, "/base"};
    const Facts recent{.mtime = 1'800'000'000};
    CHECK(rules.why("/base/a", recent) == "Command-line include glob: /base/a");
    CHECK(rules.why("/base/zxx.o", recent) == "Regular expression: zxx");
    CHECK(rules.why("/base/y", {.mtime = 5}) == "Select older than 1763768009");
    CHECK(rules.why("/base/x.o", recent) == "Command-line exclude glob: **.o");
    CHECK_FALSE(rules.why("/base/x", recent).has_value());
}

TEST_CASE("a reason tells the option, and the line of its list, that the verdict is due to")
{
    const std::vector<RuleOption> options{{Kind::exclude, "**.o"},
                                          {Kind::exclude_filelist, "list"},
                                          {Kind::exclude_if_present, ".nobackup"}};
    const RuleSettings settings{.lists = [](const std::string&) {
        const std::string_view text{"# nothing\n\n+ /base/a/in\n/base/a\n"};
        return io::Bytes(io::view_of(text).begin(), io::view_of(text).end());
    }};
    const Rules rules{options, "/base", settings};
    const auto object = rules.explain("/base/a/x.o", {});
    CHECK(object.verdict == Verdict::exclude);
    REQUIRE(object.origin.has_value());
    CHECK(object.origin->option == 0);
    CHECK(object.origin->line == 0);
    CHECK(object.description == "Command-line exclude glob: **.o");
    const auto inside = rules.explain("/base/a/in", {});
    CHECK(inside.verdict == Verdict::include);
    REQUIRE(inside.origin.has_value());
    CHECK(inside.origin->option == 1);
    CHECK(inside.origin->line == 3);
    CHECK(rules.explain("/base/a/out", {}).origin->line == 4);
    // A scan is due to what is below, and the default to no rule at all.
    const auto folder = rules.explain("/base/a", {.type = Type::directory});
    CHECK(folder.verdict == Verdict::scan);
    CHECK_FALSE(folder.origin.has_value());
    CHECK_FALSE(rules.explain("/base/b", {}).origin.has_value());
}

TEST_CASE("what files-from names is there for the other rules, and nothing else is")
{
    const RuleSettings settings{.lists = [](const std::string&) {
        const std::string_view text{"b/c\nb/cd\n./e//f/\n\n"};
        return io::Bytes(io::view_of(text).begin(), io::view_of(text).end());
    }};
    const Facts directory{.type = Type::directory};
    for (const std::string base : {"/base", "/", ".", "sub/base"}) {
        CAPTURE(base);
        const auto below = [&](const std::string& name) {
            return (base == "/" ? base : base + "/") + name;
        };
        const std::vector<RuleOption> options{{Kind::exclude, below("b/cd")},
                                              {Kind::files_from, "list"},
                                              {Kind::named_path, "late/one"}};
        const Rules rules{options, base, settings};
        for (const auto* name : {"b", "e", "late"}) {
            CHECK(rules.decide(below(name), directory) == Verdict::include);
        }
        for (const auto* name : {"b/c", "e/f", "late/one"}) {
            CHECK(rules.decide(below(name), {}) == Verdict::include);
        }
        for (const auto* name : {"a", "b/cd", "b/c/d", "bb", "e/f/g", "late/on", "c"}) {
            CHECK(rules.decide(below(name), {}) == Verdict::exclude);
        }
        CHECK(rules.why(below("a"), {}) == "Not named by --files-from");
    }
}

TEST_CASE("files-from takes no absolute name, and must name something")
{
    CHECK(problem_of({{Kind::named_path, "a"}, {Kind::named_path, "/b"}}, "/") ==
          SelectionProblem::absolute_files_from);
    CHECK(problem_of({{Kind::named_path, ""}, {Kind::named_path, "./"}}, "/") ==
          SelectionProblem::empty_files_from);
}

TEST_CASE("a filter says what the patterns behind it mean, and nothing of those before")
{
    const std::vector<RuleOption> options{
        {Kind::exclude, "/base/g*"},     {Kind::filter_literal},
        {Kind::exclude, "/base/l*[x]?"}, {Kind::exclude, "ignorecase:/base/no"},
        {Kind::filter_regexp},           {Kind::exclude, "r[0-9]$"},
        {Kind::filter_globbing},         {Kind::exclude, "/base/z?"}};
    CHECK(problem_of(options, "/base") == SelectionProblem::cannot_match);  // of the prefix
    auto usable = options;
    usable.erase(usable.begin() + 3);
    const Rules rules{usable, "/base"};
    for (const auto* path :
         {"/base/glob", "/base/l*[x]?", "/base/l*[x]?/below", "/base/a/r7", "/base/zz"}) {
        CAPTURE(path);
        CHECK(rules.decide(path, {}) == Verdict::exclude);
    }
    for (const auto* path :
         {"/base/lax", "/base/l*[x]y", "/base/r77/x", "/base/z", "/base/r[0-9]"}) {
        CAPTURE(path);
        CHECK(rules.decide(path, {}) == Verdict::include);
    }
    CHECK(rules.why("/base/l*[x]?", {}) == "Command-line exclude literal: /base/l*[x]?");
    CHECK(rules.explain("/base/zz", {}).origin->option == 6);
}

TEST_CASE("a literal include reaches up to its folders, and one by regular expression does not")
{
    const Facts directory{.type = Type::directory};
    const std::vector<RuleOption> literal{
        {Kind::filter_literal}, {Kind::include, "/base/a/[b]"}, {Kind::exclude, "/base"}};
    const Rules by_path{literal, "/base"};
    CHECK(by_path.decide("/base/a", directory) == Verdict::scan);
    CHECK(by_path.decide("/base/a/[b]", directory) == Verdict::include);
    CHECK(by_path.decide("/base/a/[b]/c", {}) == Verdict::include);
    CHECK(by_path.decide("/base/a/b", {}) == Verdict::exclude);
    const std::vector<RuleOption> expression{
        {Kind::filter_regexp}, {Kind::include, "/a/b$"}, {Kind::exclude, "^/base/"}};
    const Rules by_expression{expression, "/base"};
    CHECK(by_expression.decide("/base/a", directory) == Verdict::exclude);
    CHECK(by_expression.decide("/base/a/b", {}) == Verdict::include);
}

TEST_CASE("without case are the patterns, lines and regular expressions behind the filter")
{
    const RuleSettings settings{.lists = [](const std::string&) {
        const std::string_view text{"/base/line\n"};
        return io::Bytes(io::view_of(text).begin(), io::view_of(text).end());
    }};
    const std::vector<RuleOption> options{
        {Kind::exclude, "/base/strict"},   {Kind::filter_ignorecase},
        {Kind::exclude, "/BASE/G*b"},      {Kind::exclude_filelist, "list"},
        {Kind::exclude_regexp, "\u00e9x"}, {Kind::filter_literal},
        {Kind::exclude, "/Base/l*T"},      {Kind::filter_strictcase},
        {Kind::exclude, "/base/again"}};
    const Rules rules{options, "/base", settings};
    for (const auto* path : {"/base/strict", "/base/gLOB", "/base/LINE", "/base/a/\u00c9X",
                             "/base/L*t", "/base/again"}) {
        CAPTURE(path);
        CHECK(rules.decide(path, {}) == Verdict::exclude);
    }
    for (const auto* path : {"/base/Strict", "/base/last", "/base/Again"}) {
        CAPTURE(path);
        CHECK(rules.decide(path, {}) == Verdict::include);
    }
}

TEST_CASE("filters that change nothing are refused")
{
    CHECK(problem_of({{Kind::filter_globbing}}, "/") == SelectionProblem::redundant_filter);
    CHECK(problem_of({{Kind::filter_strictcase}, {Kind::filter_globbing}}, "/") ==
          SelectionProblem::redundant_filter);
    CHECK(problem_of({{Kind::filter_literal}}, "/") == SelectionProblem::trailing_filter);
    CHECK(problem_of({{Kind::exclude, "/a"}, {Kind::filter_globbing}}, "/") ==
          SelectionProblem::trailing_filter);
    CHECK_NOTHROW(
        Rules{std::vector<RuleOption>{{Kind::filter_globbing}, {Kind::exclude, "/a"}}, "/"});
}

TEST_CASE("plain paths keep their place among other rules")
{
    const std::vector<RuleOption> options{
        {Kind::include, "/base/a/keep/"}, {Kind::exclude, "**/a/k*"},
        {Kind::include, "/base/a/k1"},    {Kind::exclude, "/base/a"},
        {Kind::include, "/base/a/late"},  {Kind::exclude, "/base/z"}};
    const Rules rules{options, "/base"};
    const Facts directory{.type = Type::directory};
    CHECK(rules.decide("/base/a", directory) == Verdict::scan);
    CHECK(rules.decide("/base/a/keep", directory) == Verdict::include);
    CHECK(rules.decide("/base/a/keep", {}) == Verdict::exclude);
    CHECK(rules.decide("/base/a/keep/x", {}) == Verdict::include);
    CHECK(rules.decide("/base/a/k1", {}) == Verdict::exclude);
    CHECK(rules.decide("/base/a/late", {}) == Verdict::exclude);
    CHECK(rules.decide("/base/az", {}) == Verdict::include);
}

TEST_CASE("an include of something below turns even the default into a mere scan")
{
    // Run with 0.8.22: of a directory with a.x and b only a.x is selected by these rules.
    const std::vector<RuleOption> options{{Kind::include, "**.x"}, {Kind::exclude, "/base/zzz"}};
    const Rules rules{options, "/base"};
    CHECK(rules.decide("/base/a.x", {}) == Verdict::include);
    CHECK(rules.decide("/base/b", {}) == Verdict::scan);
    CHECK_FALSE(rules.why("/base/b", {}).has_value());
}

TEST_CASE("marker names that no listing holds never match")
{
    // Run with 0.8.22: "", ".", ".." and names with a slash exclude nothing.
    const Marks markers{true};
    for (const auto* name : {"", ".", "..", "a/b", "a/"}) {
        CAPTURE(name);
        const std::vector<RuleOption> options{{Kind::exclude_if_present, name}};
        const Rules rules{options, "/base"};
        CHECK(rules.decide("/base/d", {.type = Type::directory, .markers = &markers}) ==
              Verdict::include);
    }
}

TEST_CASE("marks of caches and against dumps decide before other rules, wherever they are given")
{
    const Marks cache{false, true, false};
    const Marks nodump{false, false, true};
    const Facts cache_directory{.type = Type::directory, .markers = &cache};
    const std::vector<RuleOption> options{{Kind::include, "/base/a"},
                                          {Kind::exclude, "**/b"},
                                          {Kind::exclude_caches},
                                          {Kind::exclude_nodump}};
    const Rules rules{options, "/base"};
    CHECK(rules.decide("/base/a", cache_directory) == Verdict::exclude);
    CHECK(rules.why("/base/a", cache_directory) == "Exclude tagged caches");
    CHECK(rules.decide("/base/a", {.type = Type::regular, .markers = &cache}) == Verdict::include);
    CHECK(rules.why("/base/a", {.type = Type::regular, .markers = &nodump}) ==
          "Exclude files marked nodump");
    CHECK(rules.decide("/base/a", {.type = Type::directory, .markers = &nodump}) ==
          Verdict::exclude);
    CHECK(rules.decide("/base/a", {}) == Verdict::include);
}

TEST_CASE("a limit of size concerns larger regular files, in its place among the rules")
{
    const std::vector<RuleOption> options{{Kind::include, "/base/keep"},
                                          {.kind = Kind::exclude_larger_than, .bytes = 100}};
    const Rules rules{options, "/base"};
    CHECK(rules.decide("/base/x", {.size = 100}) == Verdict::include);
    CHECK(rules.decide("/base/x", {.size = 101}) == Verdict::exclude);
    CHECK(rules.decide("/base/keep", {.size = 101}) == Verdict::include);
    CHECK(rules.decide("/base/x", {.type = Type::directory, .size = 4096}) == Verdict::include);
}

TEST_CASE("an unreadable list is its own problem and keeps the kind of its error")
{
    const std::vector<RuleOption> options{{Kind::exclude_filelist, "/nonexistent/list"}};
    try {
        const Rules rules{options, "/base"};
        FAIL("accepted");
    } catch (const SelectionError& error) {
        CHECK(error.problem() == SelectionProblem::list_not_opened);
        CHECK(error.kind() == Error::Kind::not_found);
    }
}

TEST_CASE("lists are read from files unless somebody supplies them")
{
    const test::Directory directory;
    test::write_file(directory / "list", "/base/a\n");
    const std::vector<RuleOption> options{{Kind::exclude_filelist, directory / "list"}};
    const Rules rules{options, "/base"};
    CHECK(rules.decide("/base/a", {}) == Verdict::exclude);
    CHECK(rules.decide("/base/b", {}) == Verdict::include);
}

TEST_CASE("rules reach paths under the root directory and under relative sources")
{
    const std::vector<RuleOption> options{
        {Kind::include, "/b[i]n/x"}, {Kind::include, "/home/u"}, {Kind::exclude, "/**"}};
    const Rules rules{options, "/"};
    const Facts directory{.type = Type::directory};
    CHECK(rules.decide("/bin", directory) == Verdict::scan);
    CHECK(rules.decide("/home", directory) == Verdict::scan);
    CHECK(rules.decide("/home/u/f", {}) == Verdict::include);
    CHECK(rules.decide("/etc", directory) == Verdict::exclude);

    const std::vector<RuleOption> relative{{Kind::exclude, "src/a"}};
    CHECK(Rules{relative, "src"}.decide("src/a/b", {}) == Verdict::exclude);
    CHECK(problem_of({{Kind::exclude, "/src/a"}}, "src") == SelectionProblem::cannot_match);
}

TEST_CASE("a source argument is spelled as duplicity spells it")
{
    // From the debug records of 0.8.22: "Selecting base/../base/d" and so on.
    struct Row {
        const char* given;
        const char* expected;
    };
    for (const auto& row :
         {Row{"/base", "/base"}, Row{"/base/", "/base"}, Row{"/base/./Sub//", "/base/Sub"},
          Row{"./base/../base/d/", "base/../base/d"}, Row{".", "."}, Row{"./", "."}, Row{"/", "/"},
          Row{"r/../../so/r", "r/../../so/r"}}) {
        CAPTURE(row.given);
        CHECK(normal_source(row.given) == row.expected);
    }
}

TEST_CASE("a hundred thousand plain rules and a hundred thousand paths take no time to speak of")
{
    std::vector<RuleOption> options;
    for (int i = 0; i < 100'000; ++i) {
        options.push_back({Kind::exclude, "/base/dir" + std::to_string(i) + "/name"});
    }
    const Rules rules{options, "/base"};
    const auto begin = std::chrono::steady_clock::now();
    int excluded = 0;
    for (int i = 0; i < 100'000; ++i) {
        excluded +=
            rules.decide("/base/dir" + std::to_string(i * 2) + "/name/f", {}) == Verdict::exclude;
    }
    CHECK(excluded == 50'000);
    // Asking each rule in turn would take minutes.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{20});
}
