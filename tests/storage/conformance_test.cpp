// What every target must do, whatever stands behind it (remote.hpp, backends.md 8). Each case
// starts with an empty target and looks at it again through a second connection, so that nothing
// is answered from memory of the first.
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "tests/storage/targets.hpp"

#include <algorithm>
#include <atomic>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <set>
#include <thread>

using namespace duplid;
using storage_tests::FileTarget;
using storage_tests::MemoryTarget;

namespace {

io::Bytes pattern(std::size_t bytes, unsigned seed = 1)
{
    io::Bytes content(bytes);
    std::uint32_t state = seed;
    for (auto& byte : content) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<std::byte>(state >> 24);
    }
    return content;
}

void put(remote::Remote& remote, const std::string& name, io::ByteView content)
{
    auto spool = remote.make_spool(name, io::default_temp_directory());
    io::write_full(spool.fd(), content, name);
    remote.put(spool, name);
}

io::Bytes get(remote::Remote& remote, const std::string& name)
{
    io::MemorySink sink;
    remote.get(name, sink);
    return sink.take();
}

std::set<std::string> names_of(remote::Remote& remote)
{
    std::set<std::string> names;
    for (const auto& listed : remote.list()) {
        CHECK(names.insert(listed.name).second);
    }
    return names;
}

template <typename Action>
std::optional<Error::Kind> kind_of_failure(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.kind();
    }
    return std::nullopt;
}

const std::vector<std::string> odd_names{
    "duplicity-full.20240101T000000Z.vol1.difftar.gpg",
    "duplicity-full.2024-01-01T01:00:00+01:00.manifest",
    "with blank and 'quotes\" $HOME `x` \\ ; & | * ?",
    "100%25 %s + # = ~",
    "p\xc5\x99\xc3\xadli\xc5\xa1-\xe2\x82\xac",
    "not utf-8: \xff\xfe",
    "line\nbreak",
    "-rf",
    ".hidden",
};

}  // namespace

TEST_CASE_TEMPLATE("a new target is empty", Target, MemoryTarget, FileTarget)
{
    Target target;
    CHECK(target.open()->list().empty());
}

TEST_CASE_TEMPLATE("what was put is listed with its size, and comes back", Target, MemoryTarget,
                   FileTarget)
{
    Target target;
    for (const std::size_t bytes : {0U, 1U, 65'536U, 5'000'001U}) {
        CAPTURE(bytes);
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

TEST_CASE_TEMPLATE("names may hold any byte but slash and NUL", Target, MemoryTarget, FileTarget)
{
    Target target;
    const auto remote = target.open();
    for (const auto& name : odd_names) {
        CAPTURE(name);
        put(*remote, name, io::view_of(name));
        CHECK(get(*remote, name) == get(*target.open(), name));
        CHECK(io::text_of(get(*remote, name)) == name);
    }
    CHECK(names_of(*target.open()) == std::set<std::string>{odd_names.begin(), odd_names.end()});
    remote->remove(odd_names);
    CHECK(target.open()->list().empty());
}

TEST_CASE_TEMPLATE("names that are no file names are refused by every operation", Target,
                   MemoryTarget, FileTarget)
{
    Target target;
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

TEST_CASE_TEMPLATE("a put replaces the older file of that name", Target, MemoryTarget, FileTarget)
{
    Target target;
    put(*target.open(), "name", pattern(100'000, 1));
    put(*target.open(), "name", pattern(10, 2));
    CHECK(get(*target.open(), "name") == pattern(10, 2));
    CHECK(target.open()->list() == std::vector{remote::Listed{"name", 10}});
}

TEST_CASE_TEMPLATE("a spool of any origin can be put, more than once, and still be read", Target,
                   MemoryTarget, FileTarget)
{
    Target target;
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

TEST_CASE_TEMPLATE("a spool that was never put leaves nothing", Target, MemoryTarget, FileTarget)
{
    Target target;
    const auto remote = target.open();
    {
        auto spool = remote->make_spool("name", io::default_temp_directory());
        io::write_full(spool.fd(), pattern(1000), "spool");
        CHECK(target.open()->list().empty());
    }
    CHECK(target.open()->list().empty());
}

TEST_CASE_TEMPLATE("a missing file is said to be missing", Target, MemoryTarget, FileTarget)
{
    Target target;
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

TEST_CASE_TEMPLATE("removing takes only the named files, and twice is as once", Target,
                   MemoryTarget, FileTarget)
{
    Target target;
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

TEST_CASE_TEMPLATE("where files can be renamed, none is replaced by it", Target, MemoryTarget,
                   FileTarget)
{
    Target target;
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

TEST_CASE_TEMPLATE("any part of a file can be read where ranges are offered", Target, MemoryTarget,
                   FileTarget)
{
    Target target;
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

TEST_CASE_TEMPLATE("a local descriptor, where there is one, reads the same bytes", Target,
                   MemoryTarget, FileTarget)
{
    Target target;
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

TEST_CASE_TEMPLATE("2500 files are listed completely", Target, MemoryTarget, FileTarget)
{
    Target target;
    const auto remote = target.open();
    std::set<std::string> expected;
    auto spool = io::TempFile::unnamed(io::default_temp_directory());
    for (int number = 0; number < 2'500; ++number) {
        const auto name = fmt::format("duplicity-full.20240101T000000Z.vol{}.difftar.gz", number);
        remote->put(spool, name);
        expected.insert(name);
    }
    CHECK(names_of(*target.open()) == expected);
}

TEST_CASE_TEMPLATE("several transfers may go on at once", Target, MemoryTarget, FileTarget)
{
    Target target;
    const auto remote = target.open();
    std::atomic<int> good{0};
    {
        std::vector<std::jthread> threads;
        for (unsigned number = 0; number < 8; ++number) {
            threads.emplace_back([&, number] {
                const auto name = fmt::format("file-{}", number);
                for (unsigned round = 0; round < 10; ++round) {
                    put(*remote, name, pattern(30'000 + number, number + round));
                    if (get(*remote, name) == pattern(30'000 + number, number + round)) {
                        ++good;
                    }
                    (void)remote->list();
                }
            });
        }
    }
    CHECK(good == 80);
    CHECK(names_of(*target.open()).size() == 8);
}

TEST_CASE_TEMPLATE("while a file is replaced, readers see the old or the new one whole", Target,
                   MemoryTarget, FileTarget)
{
    Target target;
    const auto remote = target.open();
    const auto old_content = pattern(300'000, 1);
    const auto new_content = pattern(400'000, 2);
    put(*remote, "name", old_content);
    std::atomic<bool> torn{false};
    {
        std::jthread reader{[&](const std::stop_token& stop) {
            const auto mine = target.open();
            while (!stop.stop_requested()) {
                const auto content = get(*mine, "name");
                if (content != old_content && content != new_content) {
                    torn = true;
                }
            }
        }};
        for (int round = 0; round < 20; ++round) {
            put(*remote, "name", round % 2 == 0 ? new_content : old_content);
        }
    }
    CHECK_FALSE(torn);
}
