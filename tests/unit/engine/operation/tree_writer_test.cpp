// Goal: a tree is written as described, and nothing in an archive or in the destination makes it
// write elsewhere. Method: each test has a directory `outside` that must stay as it is.
#include "engine/operation/tree_writer.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

class Warnings final : public operation::Monitor {
public:
    void phase(operation::Phase) noexcept override {}
    void progress(const operation::Progress&) noexcept override {}
    void warn(const Error& error) noexcept override { texts.emplace_back(error.what()); }
    void note(std::string_view) noexcept override {}
    std::vector<std::string> texts;
};

struct Place {
    io::TempDirectory temporary;
    fs::path root = temporary.path();
    fs::path outside = root / "outside";
    fs::path destination = root / "destination";
    Warnings monitor;

    Place()
    {
        fs::create_directory(outside);
        io::replace_file(outside / "precious", io::view_of("as it was"));
    }
    [[nodiscard]] operation::TreeWriter writer(bool force = false)
    {
        return operation::TreeWriter{{destination, force, true, true}, monitor};
    }
    void check_outside() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator{outside}) {
            names.push_back(entry.path().filename());
        }
        CHECK(names == std::vector<std::string>{"precious"});
        CHECK(content(outside / "precious") == "as it was");
    }
    static std::string content(const fs::path& path)
    {
        const auto bytes = io::read_file(path, 1U << 20U);
        return std::string{io::text_of(bytes)};
    }
};

tar::Header header_of(tar::Type type, std::uint32_t mode)
{
    tar::Header header;
    header.type = type;
    header.mode = mode;
    header.uid = ::geteuid();
    header.gid = ::getegid();
    header.mtime = 1'700'000'000;
    return header;
}

const auto directory = header_of(tar::Type::directory, 0755);
const auto file = header_of(tar::Type::regular, 0644);

void put(operation::TreeWriter& tree, const std::string& key, const std::string& text)
{
    tree.add_file(key, file, [&](io::Sink& sink) { sink.write(io::view_of(text)); });
}

}  // namespace

TEST_CASE("a tree comes out as described, read-only folders filled and their times last")
{
    Place place;
    {
        auto tree = place.writer();
        tree.add_directory("", directory);
        tree.add_directory("d", header_of(tar::Type::directory, 0500));
        put(tree, "d\0f"s, "inside");
        auto link = header_of(tar::Type::symlink, 0777);
        link.link = "nowhere";
        tree.add_special("l", link);
        tree.add_special("p", header_of(tar::Type::fifo, 0640));
        put(tree, "x\0y\0implied"s, "deep");
        tree.finish();
        CHECK(tree.warnings() == 0);
    }
    CHECK(Place::content(place.destination / "d" / "f") == "inside");
    CHECK(Place::content(place.destination / "x" / "y" / "implied") == "deep");
    CHECK(fs::read_symlink(place.destination / "l") == "nowhere");
    struct stat facts {};
    REQUIRE(::stat((place.destination / "d").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777U) == 0500);
    CHECK(facts.st_mtime == 1'700'000'000);
    REQUIRE(::lstat((place.destination / "p").c_str(), &facts) == 0);
    CHECK(S_ISFIFO(facts.st_mode));
    CHECK((facts.st_mode & 07777U) == 0640);
}

TEST_CASE("nothing is made before the first object")
{
    Place place;
    {
        auto tree = place.writer();
    }
    CHECK_FALSE(fs::exists(place.destination));
}

TEST_CASE("a destination that is not empty needs force")
{
    Place place;
    fs::create_directory(place.destination);
    {
        auto empty_is_fine = place.writer();
    }
    io::replace_file(place.destination / "mine", io::view_of("mine"));
    CHECK_THROWS_AS((void)place.writer(), Error);
    auto tree = place.writer(true);
    tree.add_directory("", directory);
    put(tree, "f", "new");
    tree.finish();
    CHECK(Place::content(place.destination / "mine") == "mine");
    CHECK(Place::content(place.destination / "f") == "new");
}

TEST_CASE("a link in the archive does not lead what is below it outside")
{
    Place place;
    auto tree = place.writer();
    tree.add_directory("", directory);
    auto link = header_of(tar::Type::symlink, 0777);
    link.link = place.outside;
    tree.add_special("l", link);
    put(tree, "l\0precious"s, "harm");
    put(tree, "l\0sub\0new"s, "harm");
    tree.add_directory("l", directory);
    tree.finish();
    CHECK(tree.warnings() > 0);
    place.check_outside();
}

TEST_CASE("links that stand in the destination already are neither followed nor written through")
{
    Place place;
    fs::create_directory(place.destination);
    fs::create_directory_symlink(place.outside, place.destination / "d");
    fs::create_symlink(place.outside / "precious", place.destination / "f");
    auto tree = place.writer(true);
    tree.add_directory("", directory);
    tree.add_directory("d", header_of(tar::Type::directory, 0700));
    put(tree, "d\0precious"s, "harm");
    put(tree, "f", "a file of its own");
    tree.finish();
    place.check_outside();
    CHECK(place.monitor.texts.size() == 1);
    CHECK(fs::is_symlink(place.destination / "d"));
    // The link itself gave way; what it pointed to is untouched.
    CHECK(Place::content(place.destination / "f") == "a file of its own");
    CHECK_FALSE(fs::is_symlink(place.destination / "f"));
}

TEST_CASE("the destination itself may be a link, since a person named it")
{
    Place place;
    fs::create_directory(place.root / "real");
    fs::create_directory_symlink(place.root / "real", place.destination);
    auto tree = place.writer();
    tree.add_directory("", directory);
    put(tree, "f", "here");
    tree.finish();
    CHECK(Place::content(place.root / "real" / "f") == "here");
}

TEST_CASE("a file whose content fails leaves nothing behind")
{
    Place place;
    auto tree = place.writer();
    tree.add_directory("", directory);
    CHECK_THROWS_AS(tree.add_file("f", file,
                                  [](io::Sink& sink) {
                                      sink.write(io::view_of("half"));
                                      throw Error{Error::Kind::corrupt, "damaged"};
                                  }),
                    Error);
    CHECK(fs::is_empty(place.destination));
}

TEST_CASE("a directory in the way of a file is left alone and told")
{
    Place place;
    fs::create_directories(place.destination / "f" / "kept");
    auto tree = place.writer(true);
    tree.add_directory("", directory);
    put(tree, "f", "text");
    tree.finish();
    CHECK(tree.warnings() == 1);
    CHECK(fs::exists(place.destination / "f" / "kept"));
    CHECK(std::distance(fs::directory_iterator{place.destination}, fs::directory_iterator{}) == 1);
}

TEST_CASE("zeros come back as a hole of the same length")
{
    Place place;
    auto tree = place.writer();
    const io::Bytes zeros(3'000'000);
    tree.add_file("holes", file, [&](io::Sink& sink) {
        sink.write(io::view_of("begin"));
        sink.write(zeros);
    });
    tree.add_file("mixed", file, [&](io::Sink& sink) {
        sink.write(zeros);
        sink.write(io::view_of("end"));
    });
    tree.finish();
    const auto holes = io::read_file(place.destination / "holes", 10'000'000);
    CHECK(holes.size() == 3'000'005);
    CHECK(io::text_of(holes).substr(0, 5) == "begin");
    const auto mixed = io::read_file(place.destination / "mixed", 10'000'000);
    CHECK(io::text_of(mixed).substr(3'000'000) == "end");
    struct stat facts {};
    REQUIRE(::stat((place.destination / "holes").c_str(), &facts) == 0);
    CHECK(facts.st_blocks * 512 < 1'000'000);
}

TEST_CASE("a single file becomes the destination itself, also in place of an empty folder")
{
    Place place;
    fs::create_directory(place.destination);
    auto tree = place.writer();
    put(tree, "", "one file");
    tree.finish();
    CHECK(Place::content(place.destination) == "one file");
}

TEST_CASE("a destination that became a link does not lead what follows outside")
{
    Place place;
    auto tree = place.writer();
    auto link = header_of(tar::Type::symlink, 0777);
    link.link = place.outside;
    tree.add_special("", link);
    put(tree, "evil", "harm");
    tree.add_directory("d", directory);
    put(tree, "d\0evil"s, "harm");
    tree.finish();
    place.check_outside();
    CHECK(tree.warnings() == 1);
}
