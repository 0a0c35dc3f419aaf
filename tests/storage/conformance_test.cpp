// What every target must do, whatever stands behind it (remote.hpp, backends.md 8). Each case
// starts with an empty target and looks at it again through a second connection, so that nothing
// is answered from memory of the first. target.hpp says which target that is.
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "tests/storage/exchange.hpp"
#include "tests/storage/target.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <set>
#include <thread>

using namespace duplid;
using namespace duplid::storage_tests;

namespace {

struct OddName {
    std::string_view ability;
    std::string name;
};

// Every byte but '/' and NUL stands in one of them. The names that duplicity writes by itself are
// below "names": nothing is excused from those.
std::vector<OddName> odd_names()
{
    std::string control{"control "};
    for (char byte = 1; byte < 32; ++byte) {
        if (byte != '\n' && byte != '\r') {
            control += byte;
        }
    }
    std::string high{"high "};
    for (int byte = 0x80; byte <= 0xff; ++byte) {
        high += static_cast<char>(byte);
    }
    return {
        {"names", "duplicity-full.20240101T000000Z.vol1.difftar.gpg"},
        {"names", "duplicity-full.2024-01-01T01:00:00+01:00.manifest"},
        {"names", "duplicity-inc.20240101T000000Z.to.20240102T000000Z.vol10.difftar.gz"},
        {"names", "my_prefix-duplicity-new-signatures.20240101T000000Z.sigtar.gpg"},
        {"blanks", "a name of  words"},
        {"blanks", " at its ends "},
        {"shell-characters", "'quotes\" $HOME `x` \\ ; & | * ? < > ( ) [ ] { } ! ^ @ , \\n"},
        {"url-characters", "100%25 %s + # = ~ ?a&b;c:d@e"},
        {"utf-8", "p\xc5\x99\xc3\xadli\xc5\xa1-\xe2\x82\xac"},
        {"other-bytes", "not utf-8: \xff\xfe"},
        {"other-bytes", high},
        {"newlines", "line\nbreak"},
        {"newlines", "line\r\nbreak\r"},
        {"control-bytes", control},
        {"control-bytes", "delete \x7f"},
        {"leading-dash", "-rf"},
        {"leading-dot", ".hidden"},
        {"case", "one NAME or another"},
        {"case", "one name or another"},
        {"long-names", std::string(255, 'n')},
    };
}

}  // namespace

TEST_CASE("a new target is empty")
{
    const Target target;
    CHECK(target.open()->list().empty());
}

TEST_CASE("what was put is listed with its size, and comes back")
{
    const Target target;
    const auto large = static_cast<std::size_t>(settings().large_bytes);
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{65'537}, large}) {
        CAPTURE(bytes);
        if (bytes == 0 && !settings().can("empty-files")) {
            continue;
        }
        const auto name = fmt::format("file-{}", bytes);
        const auto content = pattern(bytes);
        put(*target.open(), name, content);

        const auto again = target.open();
        const auto listed = again->list();
        CHECK(std::count(listed.begin(), listed.end(), remote::Listed{name, bytes}) == 1);
        CHECK(again->size_of(name) == bytes);
        CHECK(get(*again, name) == content);
    }
}

TEST_CASE("names may hold any byte but slash and NUL")
{
    const Target target;
    const auto remote = target.open();
    std::vector<std::string> names;
    for (const auto& row : odd_names()) {
        if (!settings().can(row.ability)) {
            continue;
        }
        CAPTURE(row.name);
        put(*remote, row.name, io::view_of(row.name));
        CHECK(io::text_of(get(*target.open(), row.name)) == row.name);
        CHECK(target.open()->size_of(row.name) == row.name.size());
        names.push_back(row.name);
    }
    CHECK(names_of(*target.open()) == std::set<std::string>{names.begin(), names.end()});
    remote->remove(names);
    CHECK(target.open()->list().empty());
}

TEST_CASE("names that are no file names are refused by every operation")
{
    const Target target;
    const auto remote = target.open();
    auto spool = remote->make_spool("good", io::default_temp_directory());
    io::MemorySink sink;
    for (const auto& name : {std::string{}, std::string{"."}, std::string{".."}, std::string{"a/b"},
                             std::string{"../a"}, std::string{"a\0b", 3}, std::string(256, 'n')}) {
        CAPTURE(name);
        const std::vector names{name};
        const auto invalid = std::optional{Error::Kind::invalid};
        CHECK(kind_of_failure([&] { (void)remote->make_spool(name, "/tmp"); }) == invalid);
        CHECK(kind_of_failure([&] { remote->put(spool, name); }) == invalid);
        CHECK(kind_of_failure([&] { remote->get(name, sink); }) == invalid);
        CHECK(kind_of_failure([&] { (void)remote->open_local(name); }) == invalid);
        CHECK(kind_of_failure([&] { (void)remote->size_of(name); }) == invalid);
        CHECK(kind_of_failure([&] { remote->remove(names); }) == invalid);
    }
    CHECK(target.open()->list().empty());
}

TEST_CASE("a put replaces the older file of that name")
{
    const Target target;
    put(*target.open(), "name", pattern(100'000, 1));
    put(*target.open(), "name", pattern(10, 2));
    CHECK(get(*target.open(), "name") == pattern(10, 2));
    CHECK(target.open()->list() == std::vector{remote::Listed{"name", 10}});
}

TEST_CASE("a spool of any origin can be put, more than once, and still be read")
{
    const Target target;
    const auto remote = target.open();
    const io::TempDirectory elsewhere;
    const auto content = pattern(200'000);

    std::vector<io::TempFile> spools;
    spools.push_back(remote->make_spool("a", elsewhere.path()));
    spools.push_back(io::TempFile::unnamed(elsewhere.path()));
    spools.push_back(io::TempFile::beside(elsewhere.path() + "/a", 0600));
    for (auto& spool : spools) {
        io::write_full(spool.fd(), content, "spool");
        remote->put(spool, "a");
        CHECK(get(*target.open(), "a") == content);
        put(*remote, "a", pattern(5));

        remote->put(spool, "a");
        CHECK(get(*target.open(), "a") == content);

        io::Bytes read_back(content.size());
        CHECK(io::pread_full(spool.fd(), read_back, 0, "spool") == content.size());
        CHECK(read_back == content);
    }
}

TEST_CASE("a spool that was never put leaves nothing")
{
    const Target target;
    const auto remote = target.open();
    {
        auto spool = remote->make_spool("name", io::default_temp_directory());
        io::write_full(spool.fd(), pattern(1000), "spool");
        CHECK(target.open()->list().empty());
    }
    CHECK(target.open()->list().empty());
}

TEST_CASE("a missing file is said to be missing")
{
    const Target target;
    const auto remote = target.open();
    io::MemorySink sink;
    const auto not_found = std::optional{Error::Kind::not_found};
    CHECK(kind_of_failure([&] { remote->get("none", sink); }) == not_found);
    CHECK(sink.view().empty());
    CHECK(remote->size_of("none") == std::nullopt);
    if (remote->can_read_ranges()) {
        CHECK(kind_of_failure([&] { (void)remote->get_range("none", 0, 1); }) == not_found);
    }
    try {
        remote->get("none", sink);
    } catch (const Error& error) {
        CHECK(error.object().find("none") != std::string::npos);
    }
}

TEST_CASE("removing takes only the named files, and twice is as once")
{
    const Target target;
    const auto remote = target.open();
    for (const auto* name : {"a", "b", "c"}) {
        put(*remote, name, pattern(10));
    }
    const std::vector<std::string> names{"b", "never there", "a"};
    remote->remove(names);
    remote->remove(names);
    remote->remove({});
    CHECK(names_of(*target.open()) == std::set<std::string>{"c"});
}

TEST_CASE("where files can be renamed, none is replaced by it")
{
    const Target target;
    const auto remote = target.open();
    if (!remote->can_rename()) {
        return;
    }
    const auto content = pattern(1000, 1);
    put(*remote, "old", content);
    put(*remote, "taken", pattern(10, 2));
    CHECK(kind_of_failure([&] { remote->rename("old", "taken"); }) ==
          std::optional{Error::Kind::invalid});
    CHECK(remote->size_of("taken") == 10U);
    remote->rename("old", "new");
    CHECK(!remote->size_of("old").has_value());
    CHECK(get(*remote, "new") == content);
    CHECK(kind_of_failure([&] { remote->rename("never", "there"); }) ==
          std::optional{Error::Kind::not_found});
}

TEST_CASE("any part of a file can be read where ranges are offered")
{
    const Target target;
    const auto remote = target.open();
    if (!remote->can_read_ranges()) {
        return;
    }
    const auto content = pattern(100'000);
    put(*remote, "name", content);
    struct Row {
        std::uint64_t offset;
        std::size_t bytes;
        std::size_t expected;
    };
    for (const auto& row :
         {Row{0, 100'000, 100'000}, Row{0, 1, 1}, Row{99'999, 1, 1}, Row{50'000, 7'777, 7'777},
          Row{99'990, 100, 10}, Row{100'000, 1, 0}, Row{200'000, 1, 0}, Row{10, 0, 0},
          Row{UINT64_MAX, 10, 0}, Row{1, SIZE_MAX, 99'999}}) {
        CAPTURE(row.offset);
        CAPTURE(row.bytes);
        const auto got = remote->get_range("name", row.offset, row.bytes);
        REQUIRE(got.size() == row.expected);
        if (row.expected > 0) {
            CHECK(std::equal(got.begin(), got.end(),
                             content.begin() + static_cast<std::ptrdiff_t>(row.offset)));
        }
    }
}

TEST_CASE("a local descriptor, where there is one, reads the same bytes")
{
    const Target target;
    const auto remote = target.open();
    put(*remote, "name", pattern(70'000));
    auto fd = remote->open_local("name");
    if (!fd) {
        return;
    }
    io::FileSource source{std::move(*fd), "name"};
    CHECK(io::read_all(source, 1'000'000) == pattern(70'000));
    CHECK(kind_of_failure([&] { (void)remote->open_local("none"); }) == Error::Kind::not_found);
}

TEST_CASE("a long listing is complete")
{
    const Target target;
    std::set<std::string> expected;
    for (unsigned number = 0; number < settings().files; ++number) {
        expected.insert(fmt::format("duplicity-full.20240101T000000Z.vol{}.difftar.gz", number));
    }
    const auto remote = target.open();
    std::atomic<unsigned> failed{0};
    {
        std::vector<std::jthread> threads;
        for (unsigned part = 0; part < 4; ++part) {
            threads.emplace_back([&, part] {
                try {
                    auto spool = io::TempFile::unnamed(io::default_temp_directory());
                    io::write_full(spool.fd(), pattern(1), "spool");
                    unsigned number = 0;
                    for (const auto& name : expected) {
                        if (number++ % 4 == part) {
                            remote->put(spool, name);
                        }
                    }
                } catch (const Error& error) {
                    fmt::print(stderr, "{}\n", error.what());
                    ++failed;
                }
            });
        }
    }
    CHECK(failed == 0);
    CHECK(names_of(*target.open()) == expected);

    // In one call, as a removal of old sets has it.
    const std::vector<std::string> names{expected.begin(), expected.end()};
    remote->remove(names);
    CHECK(target.open()->list().empty());
}
