#include "engine/codec/gpg_options.hpp"

#include "tests/unit/engine/codec/witness.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace duplid::codec;

using Words = std::vector<std::string>;

TEST_CASE("options are cut at white space alone, as duplicity cuts them")
{
    // What a --gpg-binary got from duplicity 0.8.22 that writes down its arguments.
    CHECK(split_gpg_options("--comment 'a  b' --compress-algo=bzip2") ==
          Words{"--comment", "'a", "b'", "--compress-algo=bzip2"});
    CHECK(split_gpg_options("--comment \"a b\"") == Words{"--comment", "\"a", "b\""});
    CHECK(split_gpg_options("--cipher-algo\tAES") == Words{"--cipher-algo", "AES"});
    CHECK(split_gpg_options("  --yes \n") == Words{"--yes"});
    CHECK(split_gpg_options("").empty());
    CHECK(split_gpg_options(" \t").empty());
}

TEST_CASE("options that would show a secret or redirect gpg are refused")
{
    for (const std::string word :
         {"--passphrase", "--passphrase=secret", "--passphrase-fd", "--command-fd=0",
          "--command-file", "--status-file=x", "--status-fd", "--output", "--out=x", "-o", "-ofile",
          "--textmode", "-t"}) {
        CAPTURE(word);
        CHECK(kind_of_failure([&] {
                  check_gpg_options(Words{"--yes", word});
              }) == Error::Kind::invalid);
    }
    for (const std::string word :
         {"--passphrase-file", "--cipher-algo", "--homedir=x", "-u", "-rsomeone", "output", "-v"}) {
        CAPTURE(word);
        CHECK(!kind_of_failure([&] { check_gpg_options(Words{word}); }));
    }
}

TEST_CASE("a passphrase among refused options is not repeated")
{
    try {
        check_gpg_options(Words{"--passphrase=topsecret"});
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(std::string{error.what()}.find("topsecret") == std::string::npos);
        CHECK(error.object().find("topsecret") == std::string::npos);
    }
}

TEST_CASE("who asks gpg to compress is found in options, abbreviated ones and gpg.conf")
{
    const GnupgHome home{GnupgHome::Keys::none};
    auto settings = home.settings();
    const auto wants = [&](const Words& options) {
        settings.gpg_options = options;
        return wants_gpg_to_pack(settings);
    };
    CHECK_FALSE(wants({}));
    CHECK_FALSE(wants({"--cipher-algo", "AES256", "-v", "--no-greeting"}));
    for (const std::string word :
         {"--compress-algo", "--compress-algo=zip", "--compress-a", "--compression-algo", "-z6",
          "-z", "-vz9", "--compress-level=1", "--bzip2-compress-level", "--personal-compress-prefs",
          "--personal-compress-preferences=Z2"}) {
        CAPTURE(word);
        CHECK(wants({"--yes", word}));
    }

    for (const auto* text : {"cipher-algo AES\n", "# compress-algo zip\n",
                             "comment compress-algo\n", "\n\n", "armor"}) {
        CAPTURE(text);
        home.configure(text);
        CHECK_FALSE(wants({}));
    }
    for (const auto* text : {"compress-algo bzip2\n", "armor\n\t compress-level 9",
                             "--personal-compress-preferences Z3\n", "bzip2-compress-level 1\n"}) {
        CAPTURE(text);
        home.configure(text);
        CHECK(wants({}));
    }
}

TEST_CASE("who says how often a passphrase is hashed is found in options and gpg.conf")
{
    const GnupgHome home{GnupgHome::Keys::none};
    home.configure("");
    auto settings = home.settings();
    const auto sets = [&](const Words& options) {
        settings.gpg_options = options;
        return sets_count(settings);
    };
    for (const std::string word : {"--s2k-count", "--s2k-count=1024", "--s2k-co"}) {
        CAPTURE(word);
        CHECK(sets({"--yes", word}));
    }
    for (const std::string word : {"--s2k-mode", "--s2k-cipher-algo", "--s2k-c", "s2k-count"}) {
        CAPTURE(word);
        CHECK_FALSE(sets({word, "1"}));
    }
    home.configure("armor\n# s2k-count 1024\ns2k-mode 3\n");
    CHECK_FALSE(sets({}));
    home.configure("armor\n s2k-count 1024\n");
    CHECK(sets({}));
}
