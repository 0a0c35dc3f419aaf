// Goal: a chain of a hundred increments, in which objects come, go and change their type all the
// time, restores to each of its states (feature-goals.md R29). Second witness: copied trees.
#include "tests/unit/engine/operation/mortal_world.hpp"

#include <array>

using namespace duplid;
using namespace duplid::mortal;

namespace {

constexpr unsigned increments = 100;

/// Some of the names become a file, a folder, a link or nothing, and one file gets a new piece.
void edit_at_random(const Source& source, unsigned step, std::mt19937& random)
{
    constexpr std::array names{"a", "a-b", "b", "d/e", "d/f", "g"};
    for (const auto* name : names) {
        if (random() % 3 != 0) {
            continue;
        }
        const auto path = source.root / name;
        fs::remove_all(path);
        fs::create_directories(path.parent_path());
        switch (random() % 4) {
        case 0:
            source.write(name, noise(random() % 20'000, step));
            break;
        case 1:
            source.write(std::string{name} + "/inside", fmt::format("step {}", step));
            break;
        case 2:
            fs::create_symlink(fmt::format("step {}", step), path);
            break;
        default:
            break;
        }
    }
    auto content = noise(150'000, 1);
    for (unsigned earlier = 0; earlier <= step; ++earlier) {
        content.replace(std::size_t{earlier} * 1400, 4, fmt::format("{:04}", earlier));
    }
    source.write("grows", content + std::string(step, '+'));
}

}  // namespace

TEST_CASE("a hundred increments restore to each of their states")
{
    const Source source;
    World world{source};
    std::mt19937 random{20261122};
    std::vector<Tree> trees;
    for (unsigned step = 0; step <= increments; ++step) {
        edit_at_random(source, step, random);
        CHECK(world.back_up(first_time + step * 1000).set.full == (step == 0));
        trees.push_back(tree_of(source.root));
    }
    for (unsigned step = 0; step <= increments; ++step) {
        CAPTURE(step);
        CHECK(world.restore(first_time + step * 1000) == trees[step]);
    }
}
