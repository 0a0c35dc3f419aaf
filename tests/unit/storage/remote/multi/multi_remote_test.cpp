// Method: members are directories; one that is away is a path that cannot be made.
#include "storage/remote/multi/multi_remote.hpp"

#include "storage/io/file.hpp"
#include "storage/remote/registry.hpp"
#include "storage/remote/retry.hpp"
#include "tests/support/faulty_remote.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>

using namespace duplid;
namespace fs = std::filesystem;

namespace {

template <typename Action>
std::optional<Error> failure_of(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

struct Bench {
    io::TempDirectory directory;
    std::vector<std::string> warnings;

    std::string path(const std::string& name) const { return directory.path() + "/" + name; }
    std::string write(const std::string& text, const std::string& name = "config.json") const
    {
        std::ofstream{path(name)} << text;
        return "multi://" + path(name);
    }
    /// A URL of members a, b, c ...
    std::string members(std::initializer_list<std::string_view> names) const
    {
        std::string list;
        for (const auto name : names) {
            list += fmt::format(R"({}{{"url": "file://{}"}})", list.empty() ? "" : ",",
                                path(std::string{name}));
        }
        return write("[" + list + "]");
    }
    std::unique_ptr<remote::Remote> open(const std::string& url)
    {
        remote::RemoteOptions options;
        options.on_warning = [this](const Error& error) { warnings.emplace_back(error.what()); };
        return remote::open(url, options);
    }
    /// From now on nothing can be read from or written to that member.
    void take_away(const std::string& name) const
    {
        fs::rename(path(name), path(name + ".away"));
        std::ofstream{path(name)} << "no directory";
    }
    void bring_back(const std::string& name) const
    {
        fs::remove(path(name));
        fs::rename(path(name + ".away"), path(name));
    }
    std::string content(const std::string& name) const
    {
        return fs::exists(path(name))
                   ? std::string{io::text_of(io::read_file(path(name), 1'000'000))}
                   : "(none)";
    }
};

void put(remote::Remote& remote, const std::string& name, std::string_view text)
{
    auto spool = remote.make_spool(name, io::default_temp_directory());
    io::write_full(spool.fd(), io::view_of(text), name);
    remote.put(spool, name);
}

std::string get(remote::Remote& remote, const std::string& name)
{
    io::MemorySink sink;
    remote.get(name, sink);
    return std::string{io::text_of(sink.view())};
}

std::vector<std::string> names_of(remote::Remote& remote)
{
    std::vector<std::string> names;
    for (const auto& listed : remote.list()) {
        names.push_back(listed.name);
    }
    std::ranges::sort(names);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a stripe's files go to the members in turn, and are replaced where they are")
{
    Bench bench;
    const auto url = bench.members({"a", "b"});
    const auto remote = bench.open(url);
    for (const auto* name : {"1", "2", "3"}) {
        put(*remote, name, name);
    }
    CHECK(bench.content("a/1") == "1");
    CHECK(bench.content("b/2") == "2");
    CHECK(bench.content("a/3") == "3");
    CHECK(names_of(*remote) == Names{"1", "2", "3"});

    // By one that begins its turns anew.
    const auto again = bench.open(url);
    put(*again, "2", "two");
    put(*again, "1", "one");
    CHECK(bench.content("a/2") == "(none)");
    CHECK(get(*again, "2") == "two");
    CHECK(bench.content("b/1") == "(none)");
    CHECK(bench.content("a/1") == "one");
}

TEST_CASE("a stripe stores on another member what one does not take, unless told to stop")
{
    Bench bench;
    const auto url = bench.members({"a", "b"});
    const auto remote = bench.open(url);
    CHECK(names_of(*remote).empty());
    bench.take_away("a");
    put(*remote, "1", "1");
    put(*remote, "2", "2");
    CHECK(bench.content("b/1") == "1");
    CHECK(bench.content("b/2") == "2");
    CHECK(bench.warnings.size() == 1);

    bench.bring_back("a");
    const auto strict = bench.open(url + "?onfail=abort");
    CHECK(names_of(*strict) == Names{"1", "2"});
    bench.take_away("a");
    CHECK(failure_of([&] { put(*strict, "3", "3"); }).has_value());
    CHECK(bench.content("b/3") == "(none)");
}

TEST_CASE("a file that a stripe could not replace in its place is not there twice")
{
    Bench bench;
    const auto remote = bench.open(bench.members({"a", "b"}));
    put(*remote, "1", "old");
    bench.take_away("a");
    // The new one is on b, but the old one cannot be removed, and would be read.
    CHECK(failure_of([&] { put(*remote, "1", "new"); }).has_value());
    bench.bring_back("a");
    put(*remote, "1", "new");
    CHECK(get(*remote, "1") == "new");
    CHECK(names_of(*remote) == Names{"1"});
}

TEST_CASE("a stripe with a member away is not taken for one with fewer files")
{
    Bench bench;
    const auto remote = bench.open(bench.members({"a", "b"}));
    put(*remote, "1", "1");
    put(*remote, "2", "2");
    bench.take_away("b");
    CHECK(failure_of([&] { (void)remote->list(); }).has_value());
    CHECK(failure_of([&] { (void)remote->size_of("2"); }).has_value());
    const Names names{"2"};
    CHECK(failure_of([&] { remote->remove(names); }).has_value());
    CHECK(get(*remote, "1") == "1");
    CHECK(remote->size_of("1") == 1U);
    const auto error = failure_of([&] { (void)get(*remote, "2"); });
    REQUIRE(error);
    bench.bring_back("b");
    CHECK(get(*remote, "2") == "2");
}

TEST_CASE("a mirror's files are on every member, and one member will do")
{
    Bench bench;
    const auto remote = bench.open(bench.members({"a", "b"}) + "?mode=mirror");
    put(*remote, "1", "one");
    CHECK(bench.content("a/1") == "one");
    CHECK(bench.content("b/1") == "one");

    bench.take_away("a");
    put(*remote, "2", "two");
    CHECK(names_of(*remote) == Names{"1", "2"});
    CHECK(get(*remote, "1") == "one");
    CHECK(get(*remote, "2") == "two");
    CHECK(remote->size_of("2") == 3U);
    CHECK(remote->get_range("2", 1, 1) == io::Bytes{std::byte{'w'}});
    const auto local = remote->open_local("2");
    CHECK(local.has_value());
    const Names gone{"1"};
    remote->remove(gone);
    CHECK(bench.warnings.size() == 1);
    CHECK(bench.warnings.front().find(bench.path("a")) != std::string::npos);

    bench.bring_back("a");
    // What it missed it does not have, what it did not hear of it still has.
    CHECK(names_of(*remote) == Names{"1", "2"});
    CHECK(get(*remote, "2") == "two");
    remote->remove(gone);
    CHECK(names_of(*remote) == Names{"2"});
}

TEST_CASE("a mirror that is told to stop at a failure does so when it writes, not when it reads")
{
    Bench bench;
    const auto remote = bench.open(bench.members({"a", "b"}) + "?onfail=abort&mode=mirror");
    put(*remote, "1", "one");
    bench.take_away("a");
    CHECK(names_of(*remote) == Names{"1"});
    CHECK(get(*remote, "1") == "one");
    CHECK(failure_of([&] { put(*remote, "2", "two"); }).has_value());
    CHECK(bench.content("b/2") == "(none)");
    const Names names{"1"};
    CHECK(failure_of([&] { remote->remove(names); }).has_value());
}

TEST_CASE("when no member is left, that is said")
{
    Bench bench;
    const auto remote = bench.open(bench.members({"a", "b"}) + "?mode=mirror");
    put(*remote, "1", "one");
    bench.take_away("a");
    bench.take_away("b");
    CHECK(failure_of([&] { (void)remote->list(); }).has_value());
    CHECK(failure_of([&] { put(*remote, "2", "two"); }).has_value());
    CHECK(failure_of([&] { (void)remote->size_of("1"); }).has_value());
    const Names names{"1"};
    CHECK(failure_of([&] { remote->remove(names); }).has_value());
}

TEST_CASE("prefixes choose the members of a mirror that get a file")
{
    Bench bench;
    const auto url =
        bench.write(fmt::format(R"([{{"url": "file://{0}/a", "prefixes": ["arch_", "man_"]}},
                        {{"url": "file://{0}/b", "prefixes": ["man_"], "description": "x"}},
                        {{"url": "file://{0}/c"}}])",
                                bench.directory.path()));
    const auto remote = bench.open(url + "?mode=mirror");
    for (const auto* name : {"arch_1", "man_1", "other"}) {
        put(*remote, name, name);
        CHECK(get(*remote, name) == name);
    }
    CHECK(names_of(*bench.open("file://" + bench.path("a"))) == Names{"arch_1", "man_1", "other"});
    CHECK(names_of(*bench.open("file://" + bench.path("b"))) == Names{"man_1", "other"});
    CHECK(names_of(*bench.open("file://" + bench.path("c"))) == Names{"other"});
    CHECK(failure_of([&] { (void)bench.open(url); })->kind() == Error::Kind::invalid);
}

TEST_CASE("a subpath is appended to each member, and members may be made of others")
{
    Bench bench;
    const auto inner =
        bench.write(fmt::format(R"([{{"url": "file://{0}/a"}}, {{"url": "file://{0}/b"}}])",
                                bench.directory.path()),
                    "inner.json");
    const auto outer =
        bench.write(fmt::format(R"([{{"url": "{}?mode=mirror&subpath="}}])", inner), "outer.json");
    const auto remote = bench.open(outer + "?subpath=/x%20y");
    put(*remote, "1", "one");
    CHECK(bench.content("a/x y/1") == "one");
    CHECK(bench.content("b/x y/1") == "one");

    const auto loop =
        bench.write(fmt::format(R"([{{"url": "multi://{}"}}])", bench.path("loop")), "loop");
    CHECK(failure_of([&] { (void)bench.open(loop); })->kind() == Error::Kind::invalid);
}

TEST_CASE("each member is asked again by itself, and the whole is not asked again for that")
{
    Bench bench;
    unsigned pauses = 0;
    remote::RetryOptions retry{.attempts = 3};
    retry.sleep = [&](std::chrono::milliseconds, const std::stop_token&) { ++pauses; };
    std::vector<std::unique_ptr<remote::Remote>> behind;
    std::vector<std::unique_ptr<support::FaultyRemote>> faulty;
    remote::RemoteOptions options;
    options.asked_again = [&](std::unique_ptr<remote::Remote> next) {
        behind.push_back(std::move(next));
        faulty.push_back(std::make_unique<support::FaultyRemote>(*behind.back()));
        return std::make_unique<remote::RetryingRemote>(
            std::make_unique<support::LentRemote>(*faulty.back()), retry);
    };
    options.on_warning = [&](const Error& error) { bench.warnings.emplace_back(error.what()); };
    const auto url = bench.members({"a", "b"}) + "?mode=mirror";
    remote::RetryingRemote remote{remote::open(url, options), retry};
    const Error lost{Error::Kind::unreachable, "connection reset"};

    faulty.at(0)->fail_next("put", 2, lost);
    put(remote, "1", "one");
    CHECK(pauses == 2);
    CHECK(bench.warnings.empty());
    CHECK(bench.content("a/1") == "one");
    CHECK(bench.content("b/1") == "one");

    pauses = 0;
    faulty.at(0)->fail_next("put", 100, lost);
    faulty.at(1)->fail_next("put", 100, lost);
    const auto error = failure_of([&] { put(remote, "2", "two"); });
    REQUIRE(error);
    CHECK(error->kind() == Error::Kind::unreachable);
    // Three attempts of each, and that is all.
    CHECK(pauses == 4);
}

TEST_CASE("a copy that breaks off is continued from another one")
{
    Bench bench;
    std::vector<std::unique_ptr<remote::Remote>> behind;
    std::vector<support::FaultyRemote*> faulty;
    remote::RemoteOptions options;
    options.asked_again = [&](std::unique_ptr<remote::Remote> next) {
        behind.push_back(std::move(next));
        auto one = std::make_unique<support::FaultyRemote>(*behind.back());
        faulty.push_back(one.get());
        return one;
    };
    const auto remote = remote::open(bench.members({"a", "b"}) + "?mode=mirror", options);
    put(*remote, "1", "abcdef");
    faulty.at(0)->cut_next_get(4, Error{Error::Kind::unreachable, "connection reset"});
    CHECK(get(*remote, "1") == "abcdef");
    // What was handed on and was wrong cannot be taken back.
    faulty.at(0)->cut_next_get(4, Error{Error::Kind::corrupt, "another hash"});
    CHECK(failure_of([&] { (void)get(*remote, "1"); })->kind() == Error::Kind::corrupt);
    std::ofstream{bench.path("b/1")} << "abc";
    faulty.at(0)->cut_next_get(4, Error{Error::Kind::unreachable, "connection reset"});
    CHECK(failure_of([&] { (void)get(*remote, "1"); })->kind() == Error::Kind::corrupt);
}

TEST_CASE("words of the URL and the file that make no sense are refused, without their secrets")
{
    Bench bench;
    const auto good = bench.members({"a"});
    for (const auto* query : {"?mode=raid", "?onfail=hope", "?mode=mirror&mode=mirror", "?other=1",
                              "?mode", "?MODE=mirror", "?subpath=a&subpath=b"}) {
        CAPTURE(query);
        const auto error = failure_of([&] { (void)bench.open(good + query); });
        REQUIRE(error);
        CHECK(error->kind() == Error::Kind::invalid);
    }
    for (const std::string text :
         {"", "{}", "[]", "[1]", "[{}]", R"([{"url": 1}])", R"([{"url": ""}])",
          "[{\"url\": ", R"([{"url": "file:///x", "env": {}}])",
          R"([{"url": "file:///x", "env": [{"name": "A"}]}])",
          R"([{"url": "file:///x", "env": [{"name": "A", "value": 1}]}])",
          R"([{"url": "file:///x", "prefixes": "p"}])",
          R"([{"url": "file:///x", "prefixes": [1]}])", R"([{"url": "nothing://u:s3cret@h/x"}])",
          R"([{"url": "u:s3cret@h/x"}])",
          R"([{"url": "file://u:s3cret@h/x", "env": [{"name": "s3cret"}]}])"}) {
        CAPTURE(text);
        const auto url = bench.write(text, "bad.json");
        const auto error = failure_of([&] { (void)bench.open(url); });
        REQUIRE(error);
        CHECK(error->kind() == Error::Kind::invalid);
        CHECK(std::string_view{error->what()}.find("s3cret") == std::string_view::npos);
        CHECK(error->object().find("s3cret") == std::string::npos);
    }
    const auto missing = failure_of([&] { (void)bench.open("multi://" + bench.path("none")); });
    REQUIRE(missing);
    CHECK(missing->kind() == Error::Kind::not_found);
}

TEST_CASE("each member has variables of its own beside those of the caller")
{
    const auto members = multi::parse_members(
        R"([{"url": "file:///1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": ""}]},
            {"url": "file:///2"}])",
        "file");
    REQUIRE(members.size() == 2);
    CHECK(members[0].variables ==
          std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"B", ""}});
    CHECK(members[1].variables.empty());
}
