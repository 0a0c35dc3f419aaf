// Several targets before and after a backup: which of them the job is good without. What is stored
// on them is tested from outside (tests/daemon/targets_test.py).

#include "daemon/operations/target_group.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

class Listener final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error& warning) noexcept override { warnings.emplace_back(warning.what()); }
    void note(std::string_view) noexcept override {}

    std::vector<std::string> warnings;
};

/// Three places, of which some are files, where nothing can be stored.
struct Scene {
    io::TempDirectory temporary;
    fs::path root = temporary.path();
    daemon::ArchiveDefaults defaults{root / "cache", root / "state"};
    cache::ArchiveDirectory directory = cache::ArchiveDirectory::create(root / "cache", "home");
    std::stop_source stop;
    Listener monitor;
    std::vector<daemon::NamedTarget> targets;
    std::unique_ptr<remote::Remote> all;

    Scene() { fs::create_directories(root / "state"); }

    void add(const std::string& name, bool is_away, bool is_required)
    {
        daemon::NamedTarget target;
        target.name = name;
        target.archive.target = "file://" + (root / name).string();
        target.archive.encryption = false;
        target.is_required = is_required;
        if (is_away) {
            std::ofstream{root / name};
        }
        targets.push_back(std::move(target));
    }

    /// Opened, and as if a backup had been stored on those that are in.
    std::unique_ptr<daemon::TargetGroup> stored()
    {
        daemon::OpenOptions options;
        options.stop = stop.get_token();
        auto group =
            std::make_unique<daemon::TargetGroup>(targets, defaults, std::move(options), monitor);
        all = group->gather(directory, {}, false);
        group->stored(naming::SetId::full_at(1'700'000'000));
        return group;
    }
};

std::string states_of(const daemon::TargetGroup& group)
{
    std::string text;
    for (const auto& report : group.reports()) {
        text += report.name + (report.required ? "! " : " ") +
                (report.state == proto::TargetState::good ? "good; " : "behind; ");
    }
    return text;
}

}  // namespace

TEST_CASE("a backup is good when every target is there that is required, and no others need be")
{
    struct Row {
        std::vector<std::string> away;
        std::vector<std::string> required;
        std::string states;
        std::string missing;  ///< named by the shortfall; empty: there is none
    };
    const Row rows[] = {
        {{}, {}, "a good; b good; c good; ", ""},
        {{}, {"a", "b", "c"}, "a! good; b! good; c! good; ", ""},
        {{"b"}, {}, "a good; b behind; c good; ", ""},
        {{"a", "b"}, {}, "a behind; b behind; c good; ", ""},
        {{"b"}, {"a"}, "a! good; b behind; c good; ", ""},
        {{"b"}, {"b"}, "a good; b! behind; c good; ", "on b,"},
        {{"a"}, {"a", "c"}, "a! behind; b good; c! good; ", "on a,"},
        {{"a", "c"}, {"a", "c"}, "a! behind; b good; c! behind; ", "on a, c,"},
        {{"a", "c"}, {"c"}, "a behind; b good; c! behind; ", "on c,"},
    };
    const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    for (const auto& row : rows) {
        CAPTURE(row.states);
        Scene scene;
        for (const std::string name : {"a", "b", "c"}) {
            scene.add(name, is_in(row.away, name), is_in(row.required, name));
        }
        const auto group = scene.stored();
        CHECK(states_of(*group) == row.states);
        CHECK(scene.monitor.warnings.size() == row.away.size());
        const auto shortfall = group->shortfall();
        REQUIRE(shortfall.has_value() == !row.missing.empty());
        if (shortfall) {
            const std::string text = shortfall->what();
            CAPTURE(text);
            CHECK(text.find(row.missing) != std::string::npos);
            // Why, too, and of what kind: the exit status is made of it.
            CHECK(text.find("not a directory") != std::string::npos);
            CHECK(shortfall->kind() == Error::Kind::invalid);
        }
    }
}

TEST_CASE("a required target that could not be caught up because somebody said stop has not failed")
{
    Scene scene;
    scene.add("a", false, false);
    scene.add("b", true, true);
    const auto group = scene.stored();
    scene.stop.request_stop();
    CHECK(group->shortfall()->kind() == Error::Kind::cancelled);
}

TEST_CASE("a password that is not to be had is a reason like any other")
{
    Scene scene;
    scene.add("a", false, false);
    scene.add("b", false, true);
    scene.targets[1].trouble = Error{Error::Kind::denied, "nobody may read the file"};
    const auto group = scene.stored();
    const auto shortfall = group->shortfall();
    REQUIRE(shortfall);
    CHECK(shortfall->kind() == Error::Kind::denied);
    CHECK(std::string{shortfall->what()}.find("nobody may read") != std::string::npos);
}

TEST_CASE("when no target can be used at all, that is the failure, required or not")
{
    Scene scene;
    scene.add("a", true, false);
    scene.add("b", true, true);
    CHECK_THROWS_AS(static_cast<void>(scene.stored()), Error);
}
