// Goal: a tree is written as described, and nothing in an archive or in the destination makes it
// write elsewhere. Method: each test has a directory `outside` that must stay as it is.
#include "engine/operation/restore/tree_writer.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "tests/unit/engine/operation/tree_place.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace tree_place;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

void put(operation::TreeWriter& tree, const std::string& key, const std::string& text,
         const tar::Header& header = file)
{
    tree.add_file(key, header, [&](io::Sink& sink) { sink.write(io::view_of(text)); });
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

TEST_CASE("every mode comes out as it is described, whatever the umask")
{
    const std::vector<unsigned> modes{0,    0400, 0444, 0600,  0640, 0644,
                                      0666, 0755, 0777, 02755, 04711};
    for (const mode_t mask : {0U, 022U, 077U}) {
        Place place;
        const auto before = ::umask(mask);
        {
            auto tree = place.writer();
            tree.add_directory("d", directory);
            for (const auto mode : modes) {
                put(tree, "d\0"s + std::to_string(mode), "x", header_of(tar::Type::regular, mode));
            }
            for (const auto mode : modes) {
                tree.add_directory("m" + std::to_string(mode),
                                   header_of(tar::Type::directory, mode));
            }
            tree.finish();
            CHECK(tree.warnings() == 0);
        }
        ::umask(before);
        struct stat facts {};
        for (const auto mode : modes) {
            CAPTURE(mask);
            CAPTURE(mode);
            REQUIRE(::stat((place.destination / "d" / std::to_string(mode)).c_str(), &facts) == 0);
            CHECK((facts.st_mode & 07777U) == mode);
            REQUIRE(::stat((place.destination / ("m" + std::to_string(mode))).c_str(), &facts) ==
                    0);
            CHECK((facts.st_mode & 07777U) == mode);
        }
    }
}

TEST_CASE("nobody else comes to a file before it is whole")
{
    Place place;
    fs::create_directories(place.destination / "old");
    auto tree = place.writer(true);
    for (const auto& folder : {"new"s, "old"s}) {
        tree.add_directory(folder, directory);
        tree.add_file(folder + "\0f"s, header_of(tar::Type::regular, 0666), [&](io::Sink& sink) {
            sink.write(io::view_of("half"));
            const auto bits = [](const fs::path& path) {
                struct stat facts {};
                REQUIRE(::stat(path.c_str(), &facts) == 0);
                return facts.st_mode & 077U;
            };
            const auto path = place.destination / folder;
            REQUIRE_FALSE(fs::is_empty(path));
            for (const auto& entry : fs::directory_iterator{path}) {
                CAPTURE(entry.path());
                CHECK(entry.path().filename() != "f");
                CHECK((bits(path) == 0 || bits(entry.path()) == 0));
            }
        });
    }
    tree.finish();
    CHECK(Place::content(place.destination / "new" / "f") == "half");
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

TEST_CASE("a file that had holes gets them back, one that had none does not")
{
    Place place;
    auto tree = place.writer();
    auto sparse = file;
    sparse.extra = {{"DUPLID.sparse", "8192"}};
    const io::Bytes zeros(3'000'000);
    const auto begin_and_zeros = [&](io::Sink& sink) {
        sink.write(io::view_of("begin"));
        sink.write(zeros);
    };
    tree.add_file("dense", file, begin_and_zeros);
    tree.add_file("holes", sparse, begin_and_zeros);
    tree.add_file("mixed", sparse, [&](io::Sink& sink) {
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
    CHECK(facts.st_blocks * 512 < 100'000);
    REQUIRE(::stat((place.destination / "mixed").c_str(), &facts) == 0);
    CHECK(facts.st_blocks * 512 < 100'000);
    REQUIRE(::stat((place.destination / "dense").c_str(), &facts) == 0);
    CHECK(facts.st_blocks * 512 >= 3'000'000);
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
