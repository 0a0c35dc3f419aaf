// Goal: rules and walker select what duplicity 0.8.22 selects.
// Method: every case of tests/golden/selection.json, recorded from the real program. Verdicts are
// checked with the tree as described, what is stored with the real walker on a real tree. The
// trees were recorded at /base and are built elsewhere, so that "/base" is replaced in rules;
// cases in which its depth or spelling matters are checked as described only.
#include "engine/select/walker.hpp"
#include "tests/unit/engine/select/tree.hpp"

#include <algorithm>
#include <cctype>
#include <doctest/doctest.h>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

using namespace duplid;
using namespace duplid::select;

namespace {

using Json = nlohmann::json;

// The walker's own decisions are the subject here.
class Silent final : public WalkListener {
public:
    void on_unreadable(const std::string& path, const Error& error) override
    {
        FAIL(path, ": ", error.what());
    }
    void on_vanished(const std::string& path) override { FAIL(path, " vanished"); }
    void on_socket(const std::string& path) override { sockets.insert(path); }

    std::set<std::string> sockets;
};

struct Case {
    Case(const Json& json, const std::string& root);

    std::vector<RuleOption> options;
    RuleSettings settings;
    bool copy_links = false;
    std::string base;
};

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::string upper(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

std::string at_root(const std::string& text, const std::string& root)
{
    return replaced(replaced(text, "/base", root), "/BASE", upper(root));
}

std::int64_t time_of(const std::string& text)
{
    return text == "2015-01-01" ? 1'420'070'400 : std::stoll(text);
}

Case::Case(const Json& json, const std::string& root)
    : base{normal_source(at_root(json.at("base"), root))}
{
    using Kind = RuleOption::Kind;
    static const std::map<std::string, Kind> kinds{
        {"--include", Kind::include},
        {"--exclude", Kind::exclude},
        {"--include-filelist", Kind::include_filelist},
        {"--exclude-filelist", Kind::exclude_filelist},
        {"--exclude-globbing-filelist", Kind::exclude_filelist},
        {"--include-regexp", Kind::include_regexp},
        {"--exclude-regexp", Kind::exclude_regexp},
        {"--exclude-device-files", Kind::exclude_device_files},
        {"--exclude-if-present", Kind::exclude_if_present},
        {"--exclude-other-filesystems", Kind::exclude_other_filesystems},
        {"--exclude-older-than", Kind::exclude_older_than},
    };
    std::map<std::string, std::string> files;
    if (json.contains("files")) {
        for (const auto& [name, content] : json.at("files").items()) {
            files[name] = at_root(content, root);
        }
    }
    settings.lists = [files](const std::string& name) {
        const auto file = files.find(name);
        if (file == files.end()) {
            throw Error{Error::Kind::not_found, "no such list", name};
        }
        const auto view = io::view_of(file->second);
        return io::Bytes{view.begin(), view.end()};
    };
    const auto& args = json.at("args");
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string name = args[i];
        if (name == "--copy-links") {
            copy_links = true;
        } else if (name == "--null-separator") {
            settings.null_separator = true;
        } else if (name == "--exclude-device-files" || name == "--exclude-other-filesystems") {
            options.push_back({kinds.at(name)});
        } else {
            const std::string value = args.at(++i);
            RuleOption option{kinds.at(name), at_root(value, root)};
            if (option.kind == Kind::exclude_older_than) {
                option.time = time_of(value);
            }
            options.push_back(option);
        }
    }
}

test::Tree tree_of(const Json& json)
{
    test::Tree tree;
    for (const auto& row : json) {
        test::Node node{row.at(0), row.at(1)};
        if (row.size() > 2 && row[2].is_string()) {
            node.target = row[2];
        } else if (row.size() > 2) {
            node.mtime = row[2].get<std::int64_t>();
        }
        tree.push_back(node);
    }
    return tree;
}

std::map<std::string, test::Fate> expected_fates(const Json& json, const std::string& root)
{
    std::map<std::string, test::Fate> expected;
    for (const auto& row : json.at("results")) {
        expected[at_root(row.at(0), root)] = {row.at(2), row.at(3)};
    }
    return expected;
}

void check_error(const Json& json)
{
    int reference = json.at("error").at("exit");
    // Where the original died of an exception, 15 is wanted (tests/golden/README, section 6.4).
    reference = reference == 30 ? 15 : reference;
    const Case given{json, "/base"};
    try {
        const Rules rules{given.options, given.base, given.settings};
        FAIL("accepted");
    } catch (const SelectionError& error) {
        CHECK(static_cast<int>(error.problem()) == reference);
    }
}

void check_fates(const Json& json, const test::Tree& tree, const std::string& root)
{
    const Case given{json, root};
    const Rules rules{given.options, given.base, given.settings};
    const auto expected = expected_fates(json, root);
    const auto actual = test::fates(tree, root, rules, given.copy_links);
    CHECK(actual.size() == expected.size());
    for (const auto& row : expected) {
        const auto& path = row.first;
        CAPTURE(path);
        REQUIRE(actual.contains(path));
        CHECK(actual.at(path).verdict == row.second.verdict);
        CHECK(actual.at(path).stored == row.second.stored);
    }
}

void check_walk(const Json& json, const std::string& root)
{
    const Case given{json, root};
    const Rules rules{given.options, given.base, given.settings};
    Silent listener;
    Walker walker{rules, {.copy_links = given.copy_links}, listener};
    std::set<std::string> stored;
    std::string last_key;
    for (Entry entry; walker.next(entry);) {
        CAPTURE(entry.path);
        CHECK((stored.empty() ? entry.key.empty() : entry.key > last_key));
        CHECK(entry.path == given.base + (entry.key.empty() ? "" : "/") +
                                replaced(entry.key, std::string(1, '\0'), "/"));
        last_key = entry.key;
        stored.insert(entry.path);
    }
    CHECK(stored.erase(given.base) == 1);
    for (const auto& row : expected_fates(json, root)) {
        const auto& path = row.first;
        CAPTURE(path);
        CHECK(stored.contains(path) == row.second.stored);
        stored.erase(path);
        CHECK((!listener.sockets.contains(path) || row.second.verdict == "unvisited"));
    }
    // What lies behind copied links is not in the recorded list.
    for (const auto& path : stored) {
        CAPTURE(path);
        CHECK(given.copy_links);
        CHECK(path.starts_with(root + "/ld/"));
    }
}

}  // namespace

TEST_CASE("every recorded case selects what duplicity selected")
{
    std::ifstream file{DUPLID_GOLDEN "/selection.json"};
    REQUIRE(file);
    const auto golden = Json::parse(file);
    std::map<std::string, test::Tree> trees;
    std::map<std::string, std::unique_ptr<test::Directory>> directories;
    for (const auto& [name, json] : golden.at("trees").items()) {
        trees[name] = tree_of(json);
        auto directory = std::make_unique<test::Directory>();
        if (directory->build(trees[name])) {
            directories[name] = std::move(directory);
        } else {
            // Only the tree with device files and a mount needs rights. Its cases are then
            // checked as described.
            REQUIRE(name == "T3");
        }
    }
    std::size_t checked = 0;
    for (const auto& json : golden.at("cases")) {
        const std::string id = json.at("id");
        const std::string tree = json.at("tree");
        CAPTURE(id);
        ++checked;
        if (id == "sel-160") {
            continue;  // a deviation on purpose, which has a test of its own
        }
        if (json.contains("error")) {
            check_error(json);
            continue;
        }
        check_fates(json, trees.at(tree), "/base");
        const bool depends_on_base = id >= "sel-060" && id <= "sel-068";
        if (!depends_on_base && directories.contains(tree)) {
            check_fates(json, trees.at(tree), directories.at(tree)->path());
            check_walk(json, directories.at(tree)->path());
        }
    }
    CHECK(checked == 180);
}
