// Method: what rsync is told is read off; the runs themselves are tested against real servers.
#include "storage/remote/rsync/connection.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;

namespace {

remote::RemoteOptions options_of(const io::TempDirectory& home)
{
    remote::RemoteOptions options;
    options.variables.set("HOME", home.path());
    return options;
}

}  // namespace

TEST_CASE("a path begins in a module, in the login directory or at the root")
{
    struct Row {
        std::string url;
        std::string root;
        std::string path;
        std::string shown;
    };
    const io::TempDirectory home;
    for (const auto& row :
         {Row{"rsync://host::module/dir", "host::module/", "dir", "rsync://host::module/dir"},
          Row{"rsync://u@host:8730::/module/a/b/", "u@host::module/", "a/b",
              "rsync://u@host::module/a/b"},
          Row{"rsync://host::module", "host::module/", "", "rsync://host::module"},
          Row{"rsync://u:pw@host/a/b", "u@host:./", "a/b", "rsync://u@host/a/b"},
          Row{"rsync://u@host//a/b/", "u@host:/", "a/b", "rsync://u@host//a/b/"},
          Row{"rsync://host:2222/a", "host:./", "a", "rsync://host:2222/a"},
          Row{"rsync://host//", "host:/", "", "rsync://host//"},
          Row{"rsync://u@[::1]/a", "u@[::1]:./", "a", "rsync://u@[::1]/a"}}) {
        CAPTURE(row.url);
        const auto connection =
            rsync::make_connection(remote::parse_url(row.url), options_of(home));
        CHECK(connection->root() == row.root);
        CHECK(connection->path() == row.path);
        CHECK(connection->shown() == row.shown);
    }
}

TEST_CASE("options with a quote that is not closed are refused before anything is run")
{
    const io::TempDirectory home;
    auto options = options_of(home);
    options.rsync.options = "--rsync-path='x";
    for (const auto* url : {"rsync://host::module/dir", "rsync://host/dir"}) {
        CHECK_THROWS_AS((void)rsync::make_connection(remote::parse_url(url), options), Error);
    }
    options.rsync.options = "";
    options.ssh.options = "-i \"x";
    CHECK_THROWS_AS((void)rsync::make_connection(remote::parse_url("rsync://host/dir"), options),
                    Error);
}

TEST_CASE("a word of rsync's remote shell keeps its blanks and quotes")
{
    // rsync(1), "--rsh": spaces only part words, quotes preserve them, a doubled quote is one.
    CHECK(rsync::shell_word("ssh") == "'ssh'");
    CHECK(rsync::shell_word("-i a b") == "'-i a b'");
    CHECK(rsync::shell_word("it's") == "'it''s'");
    CHECK(rsync::shell_word("a\\b\"") == "'a\\b\"'");
}
