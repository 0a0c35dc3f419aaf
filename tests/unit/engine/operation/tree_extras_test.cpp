// Goal: what records say beyond tar is restored, and leads nowhere else. Method: headers as an
// archive could hold them, then the system's own view of what came out.
#include "engine/operation/restore/tree_writer.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "tests/unit/engine/operation/tree_place.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace duplid;
using namespace std::string_literals;
using namespace tree_place;
namespace fs = std::filesystem;

namespace {

struct stat facts_of(const fs::path& path)
{
    struct stat facts {};
    REQUIRE(::lstat(path.c_str(), &facts) == 0);
    return facts;
}

tar::Header with(tar::Header header, const char* keyword, const char* value)
{
    header.extra.push_back({keyword, value});
    return header;
}

void put(operation::TreeWriter& tree, const std::string& key, const tar::Header& header,
         const std::string& text)
{
    tree.add_file(key, header, [&](io::Sink& sink) { sink.write(io::view_of(text)); });
}

}  // namespace

TEST_CASE("names of one group become one object where content and metadata agree, and only there")
{
    Place place;
    auto tree = place.writer();
    const auto linked = with(file, "DUPLID.link", "2049:77");
    tree.add_directory("d", header_of(tar::Type::directory, 0500));
    put(tree, "d\0first"s, linked, "text");
    put(tree, "e", linked, "text");
    put(tree, "other content", linked, "TEXT");
    put(tree, "other group", with(file, "DUPLID.link", "2049:78"), "text");
    put(tree, "other mode", with(header_of(tar::Type::regular, 0600), "DUPLID.link", "2049:77"),
        "text");
    const auto fifo = with(header_of(tar::Type::fifo, 0640), "DUPLID.link", "2049:79");
    tree.add_special("p1", fifo);
    tree.add_special("p2", fifo);
    auto symlink = with(header_of(tar::Type::symlink, 0777), "DUPLID.link", "2049:80");
    symlink.link = "../outside/precious";
    tree.add_special("s1", symlink);
    tree.add_special("s2", symlink);
    tree.finish();
    CHECK(tree.warnings() == 0);

    const auto inode = [&](const char* name) { return facts_of(place.destination / name).st_ino; };
    CHECK(inode("e") == inode("d/first"));
    CHECK(inode("p2") == inode("p1"));
    CHECK(inode("s2") == inode("s1"));
    CHECK(fs::is_symlink(place.destination / "s2"));
    for (const char* name : {"other content", "other mode", "other group"}) {
        CAPTURE(name);
        CHECK(inode(name) != inode("e"));
    }
    CHECK(Place::content(place.destination / "other content") == "TEXT");
    CHECK(std::distance(fs::directory_iterator{place.destination}, fs::directory_iterator{}) == 9);
    place.check_outside();
}

TEST_CASE("a folder that became a link meanwhile does not lead to what a name is joined with")
{
    Place place;
    auto tree = place.writer();
    const auto linked = with(file, "DUPLID.link", "1:1");
    put(tree, "d\0precious"s, linked, "as it was");
    put(tree, "e", linked, "as it was");
    fs::rename(place.destination / "d", place.destination / "moved");
    fs::create_directory_symlink(place.outside, place.destination / "d");
    put(tree, "f", linked, "as it was");
    tree.finish();
    CHECK(Place::content(place.destination / "f") == "as it was");
    CHECK(fs::hard_link_count(place.destination / "e") == 2);
    CHECK(fs::hard_link_count(place.destination / "f") == 1);
    CHECK(fs::hard_link_count(place.outside / "precious") == 1);
    place.check_outside();
}

TEST_CASE("another file that stands where a name was made is not joined with")
{
    Place place;
    auto tree = place.writer();
    const auto linked = with(file, "DUPLID.link", "1:1");
    put(tree, "a", linked, "text");
    fs::rename(place.destination / "a", place.destination / "moved");
    io::replace_file(place.destination / "a", io::view_of("another"));
    put(tree, "b", linked, "text");
    tree.finish();
    CHECK(Place::content(place.destination / "b") == "text");
    CHECK(fs::hard_link_count(place.destination / "a") == 1);
    CHECK(std::distance(fs::directory_iterator{place.destination}, fs::directory_iterator{}) == 3);
}

TEST_CASE("a group that is none makes files of their own")
{
    Place place;
    auto tree = place.writer();
    int number = 100;
    for (const char* group :
         {"", ":", "1", "1:", ":1", "1:2:3", "-1:2", "1:x", "1:2 ", "99999999999999999999999:1",
          "1:99999999999999999999999", "../outside/precious"}) {
        for (int name = 0; name < 2; ++name) {
            put(tree, std::to_string(number++), with(file, "DUPLID.link", group), "text");
        }
    }
    tree.finish();
    for (const auto& entry : fs::directory_iterator{place.destination}) {
        CHECK(entry.hard_link_count() == 1);
    }
    CHECK(tree.warnings() == 0);
    place.check_outside();
}

TEST_CASE("a file whose content is refused leaves no trace")
{
    Place place;
    auto tree = place.writer();
    tree.add_directory("", directory);
    std::string seen;
    const auto refuse = [&](const std::string& sha256) {
        seen = sha256;
        throw Error{Error::Kind::corrupt, "not what it was", "f"};
    };
    CHECK_THROWS_AS(tree.add_file(
                        "f", file, [](io::Sink& sink) { sink.write(io::view_of("abc")); }, refuse),
                    Error);
    // FIPS 180-2, its example of one block.
    CHECK(seen == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    tree.finish();
    CHECK(fs::is_empty(place.destination));
}

TEST_CASE("nanoseconds come back, of files, folders, links and fifos")
{
    Place place;
    auto tree = place.writer();
    const auto exact = [](const tar::Header& header) {
        return with(header, "mtime", "1700000000.123456789");
    };
    tree.add_directory("d", exact(directory));
    put(tree, "d\0f"s, exact(file), "");
    auto link = exact(header_of(tar::Type::symlink, 0777));
    link.link = "x";
    tree.add_special("l", link);
    tree.add_special("p", exact(header_of(tar::Type::fifo, 0600)));
    tree.finish();
    for (const char* name : {"d", "d/f", "l", "p"}) {
        CAPTURE(name);
        const auto facts = facts_of(place.destination / name);
        CHECK(facts.st_mtim.tv_sec == 1'700'000'000);
        CHECK(facts.st_mtim.tv_nsec == 123'456'789);
    }
}

TEST_CASE("set-id bits are left off where the owner whose rights they lend is not the recorded one")
{
    Place place;
    operation::TreeWriter tree{{place.destination, false, false, true}, place.monitor};
    const auto own = header_of(tar::Type::regular, 06755);
    auto foreign = own;
    foreign.uid = ::geteuid() + 1000U;
    foreign.gid = ::getegid() + 1000U;
    put(tree, "own", own, "");
    put(tree, "foreign", foreign, "");
    tree.finish();
    CHECK(tree.warnings() == 0);
    CHECK((facts_of(place.destination / "own").st_mode & 07777U) == 06755);
    CHECK((facts_of(place.destination / "foreign").st_mode & 07777U) == 0755);
}

TEST_CASE("what a file system does not take is one warning a kind, and the files are there")
{
    Place place;
    auto tree = place.writer();
    // An access list that is none is refused everywhere, by root's own kernel as by a foreign one.
    const auto bad = with(with(file, "SCHILY.xattr.system.posix_acl_access", "no access list"),
                          "SCHILY.xattr.security.capability", "no capabilities");
    for (const char* name : {"a", "b", "c"}) {
        put(tree, name, bad, "text");
    }
    tree.finish();
    CHECK(tree.warnings() == 2);
    for (const char* name : {"a", "b", "c"}) {
        CHECK(Place::content(place.destination / name) == "text");
    }
}
