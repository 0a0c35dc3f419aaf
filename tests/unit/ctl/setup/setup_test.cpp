// Parts of "duplictl init" that need neither a terminal nor a daemon; the whole of it is in
// tests/daemon/init_test.py.

#include "ctl/process/failure.hpp"
#include "ctl/requests/target_request.hpp"
#include "ctl/setup/gpg_keys.hpp"
#include "ctl/setup/local_target.hpp"
#include "ctl/setup/new_job.hpp"
#include "ctl/setup/program.hpp"
#include "ctl/setup/recovery_sheet.hpp"
#include "ctl/setup/secret_file.hpp"
#include "ctl/setup/undo.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <sys/stat.h>

using namespace duplid;

namespace {

class Directory {
public:
    Directory() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string operator/(const std::string& name) const
    {
        return path_ + "/" + name;
    }

private:
    std::string path_ = "/tmp/duplid-setup-XXXXXX";
};

unsigned mode_of(const std::string& path)
{
    struct stat facts {};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    return facts.st_mode & 0777U;
}

}  // namespace

TEST_CASE("keys are those that can encrypt, with their first user id")
{
    // As gpg 2.2.40 prints them; the fields are those of doc/DETAILS.
    const auto* const listing =
        "sec:u:3072:1:B2E61628CC32EDE2:1700000000:::u:::scESC:::+:::23::0:\n"
        "fpr:::::::::2C608B0EE4BB9C040C1A394FB2E61628CC32EDE2:\n"
        "grp:::::::::0123456789ABCDEF0123456789ABCDEF01234567:\n"
        "uid:u::::1700000000::AAAA::Ann <ann@example.org>::::::::::0:\n"
        "uid:u::::1700000000::BBBB::Ann <ann@work.example>::::::::::0:\n"
        "ssb:u:3072:1:1111111111111111:1700000000::::::e:::+:::23:\n"
        "fpr:::::::::1111111111111111111111111111111111111111:\n"
        "sec:u:3072:1:9D9389C6B0DE592F:1700000000:::u:::scSC:::+:::23::0:\n"
        "fpr:::::::::CD724A7159A20929AA5B8D904D9389C6B0DE592F:\n"
        "uid:u::::1700000000::CCCC::Signs only::::::::::0:\n"
        "sec:e:3072:1:2222222222222222:1600000000:1650000000::u:::scESC:::+:::23::0:\n"
        "fpr:::::::::2222222222222222222222222222222222222222:\n"
        "uid:e::::1600000000::DDDD::Expired::::::::::0:\n";
    const auto keys = setup::secret_keys_from(listing);
    REQUIRE(keys.size() == 1);
    CHECK(keys[0].fingerprint == "2C608B0EE4BB9C040C1A394FB2E61628CC32EDE2");
    CHECK(keys[0].user == "Ann <ann@example.org>");
    CHECK(setup::secret_keys_from("").empty());
    CHECK(setup::secret_keys_from("fpr:\nuid:::\nsec\n:::\n").empty());
}

TEST_CASE("a word for the shell is read back by the shell as it was")
{
    for (const auto* const raw :
         {"plain/word-1", "", "two words", "it's", "$HOME `id` \\ \"x\" *", "~", "-n", "a\nb"}) {
        const std::string text{raw};
        CAPTURE(text);
        const auto said = setup::run_program(
            {"bash", "-c", "printf %s " + setup::shell_word(text) + "; printf ."});
        REQUIRE(said);
        CHECK(said->text == text + ".");
    }
}

TEST_CASE("a program that does not exist is no error, and one that fails has its status")
{
    CHECK_FALSE(setup::run_program({"/nowhere/no-such-program"}));
    CHECK(setup::run_program({"sh", "-c", "exit 7"})->status == 7);
    // More than is kept is read all the same.
    CHECK(setup::run_program({"sh", "-c", "head -c 3000000 /dev/zero"})->text.size() == 1 << 20);
}

TEST_CASE("the sheet's options are those that another program needs to read, and no others")
{
    proto::ArchiveParams archive;
    CHECK(setup::duplicity_options(archive).empty());
    archive.encryption = false;
    archive.file_prefix = "a b";
    archive.archive_dir = "/var/cache/x";
    archive.backend.ssh_options = "-oPort=7";
    archive.backend.limit_up = 5;
    archive.num_retries = 9;
    CHECK(setup::duplicity_options(archive) ==
          " --no-encryption --file-prefix 'a b' --ssh-options -oPort=7");
    proto::ArchiveParams with_lists;
    with_lists.gpg_options = {"--x", "--y z"};
    with_lists.use_agent = true;
    CHECK(setup::duplicity_options(with_lists) ==
          " --use-agent --gpg-options --x --gpg-options '--y z'");
}

TEST_CASE("passphrases that are made are strong, readable and never the same")
{
    std::set<std::string> made;
    std::set<char> letters;
    for (int i = 0; i < 100; ++i) {
        const std::string text{setup::generated_passphrase().reveal()};
        REQUIRE(text.size() == 29);
        made.insert(text);
        for (std::size_t place = 0; place < text.size(); ++place) {
            CHECK((text[place] == '-') == (place % 6 == 5));
        }
        letters.insert(text.begin(), text.end());
    }
    CHECK(made.size() == 100);
    // All 32 of them, and the hyphen: 2,500 draws miss one once in 10^33.
    CHECK(letters.size() == 33);
    for (const char confusing : {'l', 'o', '0', '1'}) {
        CHECK_FALSE(letters.contains(confusing));
    }
}

TEST_CASE("a secret's file is its owner's alone, and takes no other file's place")
{
    const Directory directory;
    const auto path = directory / "secrets/home";
    setup::Undo undo;
    CHECK(setup::free_path(directory / "secrets", "home") == path);
    setup::write_secret(path, proto::SecretText{std::string_view{"s"}}, undo);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(directory / "secrets") == 0700);
    CHECK_THROWS_AS(setup::write_secret(path, proto::SecretText{std::string_view{"t"}}, undo),
                    ctl::Failure);
    CHECK(setup::free_path(directory / "secrets", "home") == path + "-2");
    // A link that leads nowhere is in the way, too.
    std::filesystem::create_symlink(directory / "nowhere", path + "-2");
    CHECK(setup::free_path(directory / "secrets", "home") == path + "-3");
    CHECK_THROWS_AS(
        setup::write_secret(path + "-2", proto::SecretText{std::string_view{"t"}}, undo),
        ctl::Failure);
    CHECK_FALSE(std::filesystem::exists(directory / "nowhere"));
}

TEST_CASE("what was made on the way is taken back, the last first, unless it is kept")
{
    std::string taken;
    {
        setup::Undo undo;
        undo.add([&taken] { taken += 'a'; });
        undo.add([] { throw ctl::usage_failure("it cannot be taken back"); });
        undo.add([&taken] { taken += 'b'; });
    }
    CHECK(taken == "ba");
    {
        setup::Undo undo;
        undo.add([&taken] { taken += 'c'; });
        undo.take_back();
        undo.take_back();
        undo.add([&taken] { taken += 'd'; });
        undo.keep();
    }
    CHECK(taken == "bac");
}

TEST_CASE("directories and secrets that are taken back leave what others have put there")
{
    const Directory directory;
    const auto path = directory / "new/secrets/home";
    {
        setup::Undo undo;
        setup::write_secret(path, proto::SecretText{std::string_view{"s"}}, undo);
        CHECK(std::filesystem::exists(path));
    }
    CHECK_FALSE(std::filesystem::exists(directory / "new"));
    {
        setup::Undo undo;
        setup::make_private_directory(directory / "new/er/", undo);
        CHECK(mode_of(directory / "new/er") == 0700);
        std::ofstream{directory / "new/of-somebody"} << "x";
    }
    CHECK_FALSE(std::filesystem::exists(directory / "new/er"));
    CHECK(std::filesystem::exists(directory / "new/of-somebody"));
}

TEST_CASE("what is private is kept so also where a file was there before")
{
    const Directory directory;
    const auto path = directory / "sheet";
    std::ofstream{path} << "an older and longer one";
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
    setup::write_private(path, "new");
    CHECK(mode_of(path) == 0600);
    CHECK(std::filesystem::file_size(path) == 3);
}

TEST_CASE("local targets are told from others")
{
    CHECK(ctl::local_target("file:///a/b c") == "/a/b c");
    CHECK(ctl::local_target("file:/a") == "/a");
    CHECK(ctl::local_target("file:///a/b//") == "/a/b");
    CHECK(ctl::local_target("par2+file:///a") == "/a");
    CHECK(ctl::local_target("gio+file:///a") == "/a");
    CHECK(ctl::local_target("par2+gio+file:///a") == "/a");
    CHECK_FALSE(ctl::local_target("par2+sftp://host//a"));
    CHECK_FALSE(ctl::local_target("file://relative"));
    CHECK_FALSE(ctl::local_target("sftp://host//a"));
}

TEST_CASE("a drop-in holds any name that can be written into a unit, and refuses others")
{
    CHECK(setup::drop_in_text("/mnt/my 100%")
              .ends_with("[Service]\nReadWritePaths=\"-/mnt/my 100%%\"\n"));
    for (const auto* const path : {"/a\"b", "/a\\b", "/a\nb", "/a'b"}) {
        CHECK_THROWS_AS(static_cast<void>(setup::drop_in_text(path)), ctl::Failure);
    }
}
