// Goal: the JSON of a request says what the command line said. Method: written by hand from the
// members that proto/*.hpp names, not printed by the code under test.
#include "ctl/requests/request.hpp"

#include "ctl/link/session.hpp"
#include "ctl/process/failure.hpp"
#include "ctl/requests/file_requests.hpp"
#include "proto/envelope.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

using namespace duplid;
using proto::Json;

namespace {

const ctl::Surroundings here{.working_directory = "/home/ada", .now = 1700000000};

ctl::CommandLine parsed(const std::vector<std::string>& words)
{
    return std::get<ctl::CommandLine>(ctl::parse_command_line(words));
}

Json backup_json(std::vector<std::string> words)
{
    words.insert(words.begin(), "backup");
    return proto::write_message(ctl::backup_params(parsed(words), here));
}

int status_of(const std::vector<std::string>& words)
{
    try {
        const auto line = parsed(words);
        if (line.verb == ctl::VerbId::backup) {
            static_cast<void>(ctl::backup_params(line, here));
        } else if (line.verb == ctl::VerbId::restore) {
            static_cast<void>(ctl::restore_params(line, here));
        } else {
            static_cast<void>(ctl::list_files_params(line, here));
        }
    } catch (const ctl::Failure& failure) {
        return static_cast<int>(failure.error().exit_code());
    }
    return 0;
}

}  // namespace

TEST_CASE("a backup request carries source and target as typed, and where relative paths start")
{
    const auto json = backup_json({"src", "file:///t/x/"});
    CHECK(json.at("source") == "src");
    CHECK(json.at("target") == "file:///t/x/");
    CHECK(json.at("working_directory") == "/home/ada");
    CHECK(json.at("type") == "auto");
    CHECK(json.at("encryption") == true);
    CHECK(json.at("volsize_bytes") == 200 * 1024 * 1024);
    CHECK_FALSE(json.contains("passphrase"));
}

TEST_CASE("selection rules arrive in the order of the command line")
{
    const auto json =
        backup_json({"--include", "a", "--exclude-if-present", ".nobackup", "--exclude-older-than",
                     "1D", "--exclude-device-files", "--null-separator", "--exclude-filelist",
                     "lists/x", "/s", "--exclude", "**", "file:///t"});
    CHECK(json.at("null_separator") == true);
    std::vector<std::string> kinds;
    for (const auto& rule : json.at("rules")) {
        kinds.push_back(rule.at("kind").get<std::string>());
    }
    CHECK(kinds == std::vector<std::string>{"include", "exclude-if-present", "exclude-older-than",
                                            "exclude-device-files", "exclude-filelist", "exclude"});
    CHECK(json.at("rules").at(0).at("value") == "a");
    CHECK(json.at("rules").at(2).at("time") == 1700000000 - 86400);
    CHECK_FALSE(json.at("rules").at(2).contains("value"));
    CHECK(json.at("rules").at(4).at("value") == "lists/x");
}

TEST_CASE("each option of a backup reaches its member")
{
    const auto json = backup_json({"--full",
                                   "--full-if-older-than",
                                   "2D",
                                   "--dry-run",
                                   "--skip-if-no-change",
                                   "--no-files-changed",
                                   "--volsize",
                                   "25",
                                   "--max-blocksize",
                                   "4096",
                                   "--concurrency",
                                   "7",
                                   "--name",
                                   "demo",
                                   "--archive-dir",
                                   "cache",
                                   "--no-encryption",
                                   "--tempdir",
                                   "/t",
                                   "--num-retries",
                                   "3",
                                   "--no-compression",
                                   "--copy-links",
                                   "--allow-source-mismatch",
                                   "--no-wait",
                                   "--detach",
                                   "--file-prefix",
                                   "P-",
                                   "--file-prefix-archive",
                                   "A-",
                                   "--file-prefix-manifest",
                                   "M-",
                                   "--file-prefix-signature",
                                   "S-",
                                   "--short-filenames",
                                   "--old-filenames",
                                   "--time-separator",
                                   "_",
                                   "/s",
                                   "file:///t"});
    const Json expected{{"type", "full"},
                        {"full_if_older_than", 1700000000 - 2 * 86400},
                        {"dry_run", true},
                        {"skip_if_no_change", true},
                        {"record_changes", false},
                        {"volsize_bytes", 25 * 1024 * 1024},
                        {"max_blocksize", 4096},
                        {"concurrency", 7},
                        {"name", "demo"},
                        {"archive_dir", "/home/ada/cache"},
                        {"encryption", false},
                        {"tempdir", "/t"},
                        {"num_retries", 3},
                        {"compression", "none"},
                        {"copy_links", true},
                        {"allow_source_mismatch", true},
                        {"no_wait", true},
                        {"lifetime", "detached"},
                        {"file_prefix", "P-"},
                        {"file_prefix_archive", "A-"},
                        {"file_prefix_manifest", "M-"},
                        {"file_prefix_signature", "S-"},
                        {"short_filenames", true},
                        {"old_filenames", true},
                        {"time_separator", "_"}};
    for (const auto& row : expected.items()) {
        CAPTURE(row.key());
        CHECK(json.at(row.key()) == row.value());
    }
}

TEST_CASE("a list of names travels as its name")
{
    const auto json = backup_json({"--files-from", "/l", "/s", "file:///t"});
    CHECK(json.at("rules").at(0) == Json{{"kind", "files-from"}, {"value", "/l"}});
}

TEST_CASE("filters travel among the rules, in the order of the command line")
{
    const auto json = backup_json({"--exclude", "/s/a", "--filter-literal", "--exclude", "/s/[a]",
                                   "--filter-ignorecase", "--exclude", "/s/b", "/s", "file:///t"});
    std::vector<std::string> kinds;
    for (const auto& rule : json.at("rules")) {
        kinds.push_back(rule.at("kind"));
    }
    CHECK(kinds == std::vector<std::string>{"exclude", "filter-literal", "exclude",
                                            "filter-ignorecase", "exclude"});
    CHECK(json.at("rules").at(1) == Json{{"kind", "filter-literal"}});
}

TEST_CASE("a limit of size travels as a number of bytes, and as nothing else")
{
    const auto json = backup_json({"--exclude-larger-than", "2M", "/s", "file:///t"});
    CHECK(json.at("rules").at(0) == Json{{"kind", "exclude-larger-than"}, {"bytes", 2 << 20}});
}

TEST_CASE("a verb that names the kind of set says it")
{
    for (const auto& [verb, type] :
         {std::pair{"full", "full"}, std::pair{"incremental", "incremental"},
          std::pair{"incr", "incremental"}}) {
        const auto line = parsed({verb, "/s", "file:///t"});
        CHECK(proto::write_message(ctl::backup_params(line, here)).at("type") == type);
    }
    CHECK_THROWS_AS(static_cast<void>(ctl::backup_params(
                        parsed({"full", "--type", "auto", "/s", "file:///t"}), here)),
                    ctl::Failure);
}

TEST_CASE("keys reach their members, and one key may have both uses")
{
    const auto json = backup_json({"--encrypt-key",
                                   "A",
                                   "--encrypt-key",
                                   "B",
                                   "--hidden-encrypt-key",
                                   "C",
                                   "--sign-key",
                                   "D",
                                   "--use-agent",
                                   "--gpg-binary",
                                   "gpg2",
                                   "--gpg-home",
                                   "keys",
                                   "--always-trust",
                                   "--gpg-options",
                                   "--cipher-algo AES",
                                   "--gpg-options=-v",
                                   "--encrypt-secret-keyring",
                                   "ring",
                                   "/s",
                                   "file:///t"});
    CHECK(json.at("encrypt_key") == Json{"A", "B"});
    CHECK(json.at("hidden_encrypt_key") == Json{"C"});
    CHECK(json.at("sign_key") == "D");
    CHECK(json.at("use_agent") == true);
    CHECK(json.at("always_trust") == true);
    CHECK(json.at("gpg_binary") == "gpg2");
    CHECK(json.at("gpg_home") == "/home/ada/keys");
    CHECK(json.at("gpg_options") == Json{"--cipher-algo AES", "-v"});
    CHECK(json.at("encrypt_secret_keyring") == "/home/ada/ring");
    const auto both = backup_json({"--encrypt-sign-key", "E", "/s", "file:///t"});
    CHECK(both.at("encrypt_key") == Json{"E"});
    CHECK(both.at("sign_key") == "E");
}

TEST_CASE("each option of a restore reaches its member")
{
    const auto line = parsed({"restore", "-t", "2W", "--file-to-restore", "/sub/dir/", "--force",
                              "--do-not-restore-ownership", "--numeric-owner", "file:///t", "out"});
    const auto json = proto::write_message(ctl::restore_params(line, here));
    CHECK(json.at("destination") == "/home/ada/out");
    CHECK(json.at("path") == "sub/dir");
    CHECK(json.at("time") == 1700000000 - 14 * 86400);
    CHECK(json.at("force") == true);
    CHECK(json.at("restore_ownership") == false);
    CHECK(json.at("numeric_owner") == true);
}

TEST_CASE("names that are not UTF-8 travel as bytes")
{
    const auto json = backup_json({"--exclude", "/s/\xff", "/s\xfe", "file:///t"});
    CHECK(json.at("source_b64") == "L3P+");
    CHECK(json.at("rules").at(0).at("value_b64") == "L3Mv/w==");
}

TEST_CASE("the order of path and URL is checked before anything happens")
{
    CHECK(status_of({"backup", "file:///t", "/s"}) == 2);
    CHECK(status_of({"backup", "/s", "/t"}) == 2);
    CHECK(status_of({"backup", "file:///s", "file:///t"}) == 2);
    CHECK(status_of({"restore", "/d", "file:///t"}) == 2);
    CHECK(status_of({"restore", "file:///t", ""}) == 2);
    CHECK(status_of({"restore", "file:///t", "/d"}) == 0);
    CHECK(status_of({"list-current-files", "/t"}) == 2);
}

TEST_CASE("options that contradict each other, and values that make no sense, are refused")
{
    for (const auto& options : {std::vector<std::string>{"--full", "--incremental"},
                                {"--full", "--type", "auto"},
                                {"--type", "nonsense"},
                                {"--no-compression"},
                                {"--compression", "good"},
                                {"--compression", "max", "--no-compression", "--no-encryption"},
                                {"--no-encryption", "--encrypt-key", "A"},
                                {"--encrypt-key", ""},
                                {"--volsize", "0"},
                                {"--volsize", "-1"},
                                {"--volsize", "1.5"},
                                {"--volsize", "1M"},
                                {"--volsize", ""},
                                {"--volsize", "99999999999999999999"},
                                {"--concurrency", "0"},
                                {"--concurrency", "5000000000"},
                                {"--exclude-older-than", "yesterday"},
                                {"--full-if-older-than", ""},
                                {"--exclude-larger-than", "1MB"},
                                {"--exclude-larger-than", ""},
                                {"--time-separator", "-"},
                                {"--time-separator", "::"},
                                {"--archive-dir", ""}}) {
        auto words = options;
        words.insert(words.begin(), "backup");
        words.insert(words.end(), {"/s", "file:///t"});
        CAPTURE(options.front());
        CHECK(status_of(words) == 2);
    }
    CHECK(status_of({"list-current-files", "-t", "1H", "file:///t"}) == 2);
}

TEST_CASE("a run is named by a positive whole number")
{
    CHECK(ctl::run_number("42") == 42);
    for (const std::string text : {"", "0", "-1", "4x", "99999999999999999999"}) {
        CHECK_THROWS_AS(static_cast<void>(ctl::run_number(text)), ctl::Failure);
    }
}

TEST_CASE("a daemon that has not our environment is told our cache and gpg's home")
{
    ::setenv("XDG_CACHE_HOME", "/c", 1);
    ::setenv("GNUPGHOME", "/g", 1);
    proto::ArchiveParams archive;
    ctl::add_environment(archive);
    CHECK(archive.archive_dir == "/c/duplicity");
    CHECK(archive.gpg_home == "/g");
    proto::ArchiveParams named;
    named.archive_dir = "/mine";
    ctl::add_environment(named);
    CHECK(named.archive_dir == "/mine");
    ::unsetenv("XDG_CACHE_HOME");
    ::unsetenv("GNUPGHOME");
}

TEST_CASE("secrets put into a request arrive at the daemon's parser byte for byte")
{
    struct Row {
        std::string secret;
    };
    for (const auto& row : {Row{"plain"}, Row{""}, Row{"q\"b\\s/"}, Row{"tab\tnew\nline\x01"},
                            Row{"\xc3\xa9\xe2\x82\xac"}, Row{"latin\xe9"}, Row{"}}\n{"}}) {
        CAPTURE(row.secret);
        const auto line = ctl::request_text(
            7, "backup", Json{{"target", "file:///t"}, {"source", "/s"}},
            {{"passphrase", proto::SecretText{row.secret}}, {"sign_passphrase", {}}});
        CHECK(proto::text_of(line).ends_with("\n"));
        auto request = proto::parse_request(line);
        CHECK(request.id == 7);
        const auto params = proto::read_message<proto::BackupParams>(
            request.params, proto::Strictness::request, request.secrets);
        CHECK(params.source == "/s");
        REQUIRE(params.archive.passphrase.is_set());
        CHECK(params.archive.passphrase.reveal() == row.secret);
        CHECK_FALSE(params.archive.sign_passphrase.is_set());
    }
}

TEST_CASE("a request that a daemon would not read to its end is refused here")
{
    const Json params{{"source", std::string(proto::line_bytes_max, 'x')}};
    CHECK_THROWS_AS(static_cast<void>(ctl::request_text(1, "backup", params, {})), ctl::Failure);
}

TEST_CASE("what a restore may overwrite, rename or only tell is in its request")
{
    const auto json = proto::write_message(
        ctl::restore_params(parsed({"restore", "file:///t", "out", "--overwrite", "changed",
                                    "--rename", "/a/b/", "n/m", "--dry-run", "--rename", "c", "d"}),
                            here));
    CHECK(json.at("overwrite") == "changed");
    CHECK(json.at("dry_run") == true);
    CHECK(json.at("renames") ==
          Json::parse(R"([{"from":"a/b","to":"n/m"},{"from":"c","to":"d"}])"));
    CHECK(status_of({"restore", "file:///t", "out", "--overwrite", "perhaps"}) == 2);
    CHECK(status_of({"restore", "file:///t", "out", "--force", "--overwrite", "never"}) == 2);
    CHECK(status_of({"restore", "file:///t", "out", "--force", "--overwrite", "always"}) == 0);
    CHECK(status_of({"restore", "file:///t", "out", "--rename", "one"}) == 2);
    CHECK(status_of({"restore", "file:///t", "out", "--rename", "one", "/"}) == 2);
}

TEST_CASE("a verify request names what is compared, and with what")
{
    const auto json = proto::write_message(
        ctl::verify_params(parsed({"verify", "file:///t", "src", "--compare-data", "-r", "/a/",
                                   "--time", "1D", "--exclude", "**.o", "--include", "x"}),
                           here));
    CHECK(json.at("directory") == "/home/ada/src");
    CHECK(json.at("compare_data") == true);
    CHECK(json.at("path") == "a");
    CHECK(json.at("time") == 1700000000 - 86400);
    CHECK(json.at("rules").at(0).at("kind") == "exclude");
    CHECK(json.at("rules").at(1).at("value") == "x");
    const auto alone =
        proto::write_message(ctl::verify_params(parsed({"verify", "file:///t"}), here));
    CHECK(alone.value("directory", "") == "");
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"verify", "file:///t", "--compare-data"},
          {"verify", "file:///t", "--exclude", "x"},
          {"verify", "src", "file:///t"}}) {
        CHECK_THROWS_AS(static_cast<void>(ctl::verify_params(parsed(words), here)), ctl::Failure);
    }
}

TEST_CASE("errors are ignored only where that is asked for, in what reads a backup")
{
    for (const bool asked : {false, true}) {
        std::vector<std::string> restore{"restore", "file:///t", "out"};
        std::vector<std::string> verify{"verify", "file:///t"};
        if (asked) {
            restore.emplace_back("--ignore-errors");
            verify.emplace_back("--ignore-errors");
        }
        CHECK(ctl::restore_params(parsed(restore), here).ignore_errors == asked);
        CHECK(ctl::verify_params(parsed(verify), here).ignore_errors == asked);
    }
    CHECK(status_of({"backup", "src", "file:///t", "--ignore-errors"}) == 2);
}

TEST_CASE("a check reads no data unless a sample is given")
{
    const auto sample = [](const std::vector<std::string>& words) {
        return ctl::check_params(parsed(words), here).sample;
    };
    CHECK(sample({"check", "file:///t"}) == "none");
    CHECK(sample({"check", "file:///t", "--sample", "2/7"}) == "2/7");
}
