// Whole command lines: what becomes of options, and the errors that need more than one word.
// Texts and codes: duplicity 0.8.22 as run.
#include "ctl/duplicity/command_line.hpp"

#include "ctl/duplicity/fatal.hpp"
#include "ctl/duplicity/option_effects.hpp"
#include "ctl/duplicity/option_table.hpp"
#include "proto/writer.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace duplid;
using namespace duplid::duplicity;

namespace {

constexpr std::int64_t now = 1'795'300'000;

/// A directory with a file in it, gone at the end.
class Place {
public:
    Place()
    {
        REQUIRE(::mkdtemp(path_.data()) != nullptr);
        std::ofstream{path_ + "/file"} << "- **\n";
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place()
    {
        ::unlink((path_ + "/file").c_str());
        ::unlink((path_ + "/log").c_str());
        ::rmdir(path_.c_str());
    }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_ = "/tmp/duplid-command-line-XXXXXX";
};

Invocation parse(std::vector<std::string> words, const std::string& version = "0.8.22")
{
    words.insert(words.begin(), "duplicity");
    Reporter reporter;
    reporter.set_verbosity(0);
    return read_command_line(words, {version}, {.working_directory = "/", .now = now}, reporter);
}

struct End {
    int code = 0;
    std::string text;
};

End end_of(const std::vector<std::string>& words)
{
    try {
        static_cast<void>(parse(words));
    } catch (const Fatal& fatal) {
        return {static_cast<int>(fatal.code()), fatal.what()};
    } catch (const UsageError& error) {
        return {-2, error.what()};
    }
    return {};
}

const std::string url = "file:///x";

}  // namespace

TEST_CASE("options end in the invocation, the last of several values winning")
{
    const Place place;
    const auto got = parse({"--volsize",
                            "5",
                            "full",
                            "--volsize=25",
                            "--encrypt-key",
                            "A",
                            "--hidden-encrypt-key=B",
                            "--encrypt-sign-key",
                            "AABBCCDD",
                            "--gpg-options",
                            "--x y",
                            "--gpg-options=--z",
                            "--name",
                            "n",
                            "--archive-dir",
                            "/arch",
                            "--allow-source-mismatch",
                            "--no-compression",
                            "--no-print-statistics",
                            "--num-retries",
                            "2",
                            "--exclude",
                            "/a",
                            "--include=/b",
                            "--exclude-older-than",
                            "1D",
                            "--exclude-device-files",
                            place.path(),
                            url});
    CHECK(got.action == Action::full);
    CHECK(got.volsize_bytes == 25U << 20U);
    CHECK(got.encrypt_key == std::vector<std::string>{"A", "AABBCCDD"});
    CHECK(got.hidden_encrypt_key == std::vector<std::string>{"B"});
    CHECK(got.sign_key == "AABBCCDD");
    CHECK(got.gpg_options == std::vector<std::string>{"--x y", "--z"});
    CHECK(got.name == "n");
    CHECK(got.archive_dir == "/arch");
    CHECK(got.allow_source_mismatch);
    CHECK_FALSE(got.compression);
    CHECK_FALSE(got.print_statistics);
    CHECK(got.num_retries == 2);
    REQUIRE(got.rules.size() == 4);
    CHECK(got.rules[0].kind == "exclude");
    CHECK(got.rules[1].kind == "include");
    CHECK(got.rules[1].value == "/b");
    CHECK(got.rules[2].time == now - 86400);
    CHECK(got.rules[3].kind == "exclude-device-files");
    CHECK(got.local_path == place.path());
    CHECK(got.target == url);
}

TEST_CASE("spellings of both versions mean the same")
{
    const auto old = parse({"restore", "--file-to-restore", "/a/b/", "--do-not-restore-ownership",
                            "--restore-time", "100", url, "/nonexistent/new"});
    const auto modern = parse({"rb", "--path-to-restore=a/b", "--no-restore-ownership",
                               "--time=100", url, "/nonexistent/new"});
    for (const auto* got : {&old, &modern}) {
        CHECK(got->action == Action::restore);
        CHECK(got->path == "a/b");
        CHECK_FALSE(got->restore_ownership);
        CHECK(got->time == 100);
    }
}

TEST_CASE("variables and the home directory are expanded in paths and not in URLs")
{
    ::setenv("HOME", "/home/somebody", 1);
    ::setenv("WHERE", "/some/where", 1);
    const auto got = parse({"restore", "--archive-dir", "$WHERE/arch", "--tempdir", "~/tmp",
                            "--name", "$WHERE", "file:///$WHERE", "~/new/${WHERE}/$UNKNOWN_ONE"});
    CHECK(got.archive_dir == "/some/where/arch");
    CHECK(got.tempdir == "/home/somebody/tmp");
    CHECK(got.name == "$WHERE");
    CHECK(got.target == "file:///$WHERE");
    CHECK(got.local_path == "/home/somebody/new//some/where/$UNKNOWN_ONE");
}

TEST_CASE("the source is normalised but not made absolute")
{
    CHECK(parse({"full", "/tmp//./", url}).local_path == "/tmp");
    CHECK(parse({"full", "./.", url}).local_path == ".");
}

TEST_CASE("times and counts of removals are read")
{
    CHECK(parse({"remove-older-than", "3D", url}).remove_time == now - 3 * 86400);
    CHECK(parse({"remove-all-but-n-full", "4", "--force", url}).remove_count == 4);
    CHECK(parse({"ra", "4", url}).action == Action::remove_all_but_n_full);
}

TEST_CASE("a list from a descriptor is read here and becomes rules")
{
    const Place place;
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    const std::string list = "# comment\n+ /a\n  /b  \n\n- '/c '\n";
    REQUIRE(::write(ends[1], list.data(), list.size()) == static_cast<ssize_t>(list.size()));
    ::close(ends[1]);
    const auto got = parse({"--exclude-filelist", "/dev/fd/" + std::to_string(ends[0]),
                            "--exclude-filelist=" + place.path() + "/file", place.path(), url});
    ::close(ends[0]);
    REQUIRE(got.rules.size() == 4);
    CHECK(got.rules[0].kind == "include");
    CHECK(got.rules[0].value == "/a");
    CHECK(got.rules[1].kind == "exclude");
    CHECK(got.rules[1].value == "/b");
    CHECK(got.rules[2].value == "/c ");
    CHECK(got.rules[3].kind == "exclude-filelist");
    CHECK(got.rules[3].value == place.path() + "/file");
}

TEST_CASE("errors of the command line have the reference's codes and words")
{
    const Place place;
    const auto& here = place.path();
    const auto line = [](const std::string& message) {
        return "Command line error: " + message + "\nEnter 'duplicity --help' for help screen.";
    };
    struct Row {
        std::vector<std::string> words;
        int code;
        std::string text;
    };
    for (const auto& row : {
             Row{{}, 2, line("Expected 2 args, got 0")},
             Row{{"full"}, 2, line("Expected 2 args, got 0")},
             Row{{"f", url}, 2, line("Expected 2 args, got 1")},
             Row{{"list", "a", "b"}, 2, line("Expected 1 args, got 2")},
             Row{{"list", "x"},
                 8,
                 "Bad URL 'x'.\nExamples of URL strings are \"scp://user@host.net:1234/path\" and\n"
                 "\"file:///usr/local\".  See the man page for more information."},
             Row{{"list", "file:relative"},
                 23,
                 "InvalidBackendURL: missing // - relative paths not supported for scheme file: "
                 "file:relative"},
             Row{{"verify", here + "/none", url},
                 13,
                 "Backup source directory " + here + "/none does not exist."},
             Row{{"remove-older-than"}, 2, line("Missing time string for remove-older-than")},
             Row{{"remove-all-but-n-full"}, 2, line("Missing count for remove-all-but-n-full")},
             Row{{"remove-all-but-n-full", "0", url},
                 2,
                 line("remove-all-but-n-full count must be > 0")},
             Row{{"replicate", "a", "b"}, 2, line("Two URLs expected for replicate.")},
             Row{{"full", here + "/none", url},
                 13,
                 "Backup source directory " + here + "/none does not exist."},
             Row{{"verify", url, here + "/none"},
                 12,
                 "Verify directory " + here + "/none does not exist"},
             Row{{"restore", url, here},
                 11,
                 "Restore destination directory " + here + " already exists.\nWill not overwrite."},
             Row{{"-r", "x", here, url}, 2, line("restore option incompatible with inc backup")},
             Row{{"full", "-r", "x", here, url},
                 2,
                 line("restore option incompatible with full backup")},
             Row{{"--exclude-filelist", here + "/none", here, url},
                 7,
                 "Error opening file " + here + "/none"},
             Row{{"--sign-key", "zz", here, url},
                 10,
                 "Sign key should be an 8, 16 alt. 40 character hex string, like 'AA0E73D2'.\n"
                 "Received 'zz' instead."},
             Row{{"--s3-use-rrs", "--s3-use-ia", here, url},
                 2,
                 line(
                     "only one of --s3-use-rrs, --s3-use-ia, and --s3-use-onezone-ia may be used")},
             Row{{"--time-separator", "-"}, -2, "Dash ('-') not valid for time-separator."},
             Row{{"--log-fd", "0"}, -2, "log-fd must be greater than zero."},
             Row{{"--metadata-sync-mode", "foo"},
                 -2,
                 "option --metadata-sync-mode: invalid choice: 'foo' (choose from 'full', "
                 "'partial')"},
         }) {
        CAPTURE(row.text);
        const auto end = end_of(row.words);
        CHECK(end.code == row.code);
        CHECK(end.text == row.text);
    }
    CHECK(end_of({"-t", "foo"}).text.starts_with("Bad time string \"'foo'\"\n\nThe acceptible"));
    CHECK(end_of({"-vx"}).text.starts_with("Verbosity must be one of: digit [0-9]"));
    CHECK(end_of({"--verbosity=Warn"}).code == -2);
    CHECK(end_of({"--verbosity=Warning", "full"}).code == 2);
}

TEST_CASE("where the reference crashes or hangs on a value, it is an error of the command line")
{
    CHECK(end_of({"remove-older-than", "foo", url}).code == 2);
    CHECK(end_of({"remove-all-but-n-full", "x", url}).code == 2);
    CHECK(end_of({"--volsize", "0", "full"}).code == -2);
    CHECK(end_of({"--log-file", "/nonexistent/log", "full"}).code == -2);
    CHECK(end_of({"--log-fd", "77", "full"}).code == -2);
    CHECK(end_of({"verify", "--dry-run", url, "/tmp"}).code == 2);
}

TEST_CASE("the reported version decides where versions disagree")
{
    const Place place;
    CHECK(parse({"--full-if-older-than", "2020-01-01", place.path(), url}).full_if_older_than);
    CHECK_THROWS_AS(static_cast<void>(
                        parse({"--full-if-older-than", "2020-01-01", place.path(), url}, "3.0.2")),
                    UsageError);
    CHECK(parse({"--full-if-older-than", "1M", place.path(), url}, "3.0.2").full_if_older_than ==
          now - 30 * 86400);
}

TEST_CASE("options take effect at their place: what follows the version is never looked at")
{
    std::string text;
    try {
        static_cast<void>(parse({"--version", "--frob"}, "2.1.4"));
    } catch (const Answer& answer) {
        text = answer.text;
    }
    CHECK(text == "duplicity 2.1.4\n");
    CHECK(end_of({"--frob", "--version"}).text == "no such option: --frob");
}

TEST_CASE("a log holds what follows its option, and no usage error")
{
    const Place place;
    const auto log = place.path() + "/log";
    CHECK(end_of({"--log-file", log, "--short-filenames", "full"}).code == 2);
    CHECK(end_of({"--log-file", log, "--frob"}).code == -2);
    std::ifstream file{log};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    CHECK(text ==
          "ERROR 1\n"
          ". Warning: Option --short-filenames is pending deprecation and will be removed in "
          "version 0.9.0.\n"
          ". Use of default filenames is strongly suggested.\n\n");
}

TEST_CASE("each option of a kind of target changes what the daemon is asked for")
{
    const auto asked = [](const std::vector<std::string>& options) {
        auto words = options;
        words.insert(words.end(), {"collection-status", url});
        return proto::write_members(
            [backend = parse(words).backend](proto::Fields& fields) mutable {
                backend.describe_options(fields);
            });
    };
    const auto plain = asked({});
    for (const auto& option : options()) {
        if (option.id != OptionId::backend) {
            continue;
        }
        const std::string name{option.names};
        CAPTURE(name);
        const auto changed = option.value == ValueKind::none ? asked({name}) : asked({name, "17"});
        // What FTP does anyway; it undoes --ftp-regular.
        CHECK((changed == plain) == (name == "--ftp-passive"));
    }
    CHECK(asked({"--ftp-regular", "--ftp-passive"}) == plain);
    CHECK(asked({"--gio"}) != plain);
}

TEST_CASE("options of other kinds of targets end nothing, whatever their values")
{
    struct Row {
        std::string name;
        std::string value;
    };
    for (const auto& row :
         {Row{"--s3-multipart-chunk-size", "1"}, Row{"--azure-blob-tier", "warm"},
          Row{"--par2-redundancy", "200"}, Row{"--timeout", "0"}, Row{"--mp-segment-size", "-1"},
          Row{"--azure-max-connections", "0"}, Row{"--cf-backend", "other"},
          Row{"--s3-multipart-max-procs", "99999999999"}}) {
        CAPTURE(row.name);
        CHECK(end_of({row.name, row.value, "collection-status", url}).code == 0);
    }
    CHECK(end_of({"--s3-use-server-side-kms-encryption", "collection-status", url}).code == 0);
    CHECK(parse({"--s3-multipart-chunk-size", "1", "collection-status", url})
              .backend.s3_multipart_chunk_size == 5);
    CHECK(end_of({"--par2-redundancy", "x", "collection-status", url}).text ==
          "option --par2-redundancy: invalid integer value: 'x'");
    CHECK(end_of({"--s3-use-rrs", "--s3-use-rrs", "collection-status", url}).code == 0);
    CHECK(end_of({"--s3-use-glacier", "--s3-use-rrs", "collection-status", url}).code == 0);
    CHECK(end_of({"--s3-use-ia", "--s3-use-rrs", "collection-status", url}).code == 2);
}

TEST_CASE("words for other programs are joined by a blank")
{
    CHECK(parse({"--ssh-options", "-i key", "--ssh-options=-oPort=7", "collection-status", url})
              .backend.ssh_options == "-i key -oPort=7");
}
