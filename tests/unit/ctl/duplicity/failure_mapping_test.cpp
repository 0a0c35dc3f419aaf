// What the daemon's errors become. Texts and codes: duplicity 0.8.22 as run, command-line.md 3.2.
#include "ctl/duplicity/failure_mapping.hpp"

#include "ctl/duplicity/texts.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

using namespace duplid;
using namespace duplid::duplicity;
using proto::ErrorKind;

namespace {

proto::RpcError error(ErrorKind kind, const std::string& detail,
                      std::vector<proto::RpcFact> facts = {}, const std::string& object = "o")
{
    proto::RpcError result{kind, "cause", object, {}, detail};
    result.facts = std::move(facts);
    return result;
}

}  // namespace

TEST_CASE("each kind of failure ends with the reference's number, words and text")
{
    Invocation invocation;
    invocation.local_path = "/src";
    struct Row {
        proto::RpcError given;
        int code;
        std::vector<std::string> words;
        std::string begin;  ///< of the text
    };
    const std::vector<Row> rows{
        {error(ErrorKind::invalid, "host_mismatch", {{"current", "h2"}, {"previous", "h1"}}),
         3,
         {"'h2'", "'h1'"},
         "Fatal Error: Backup source host has changed.\nCurrent hostname: h2\nPrevious hostname: "
         "h1\n\nAborting because"},
        {error(ErrorKind::invalid, "source_mismatch", {{"current", "b"}, {"previous", "a"}}),
         42,
         {"'b'", "'a'"},
         "Fatal Error: Backup source directory has changed.\nCurrent directory: b\nPrevious "
         "directory: a\n\nAborting because"},
        {error(ErrorKind::busy, "locked"),
         23,
         {},
         "Another duplicity instance is already running with this archive directory\n"},
        {error(ErrorKind::not_found, "no_backup"), 30, {"CollectionsError"}, "CollectionsError: "},
        {error(ErrorKind::not_found, "not_in_archive", {{"path", "no/such"}}),
         19,
         {},
         "no/such not found in archive - no files restored."},
        {error(ErrorKind::corrupt, "hash_mismatch",
               {{"volume", "v"}, {"calculated", "aa"}, {"expected", "bb"}}),
         21,
         {},
         "Invalid data - SHA1 hash mismatch for file:\n v\n Calculated hash: aa\n Manifest hash: "
         "bb\n"},
        {error(ErrorKind::corrupt, "wrong_size",
               {{"volume", "v"}, {"local_bytes", "10"}, {"target_bytes", "-1"}}),
         44,
         {"'v'", "10", "-1"},
         "File v was corrupted during upload."},
        // The signer nobody knows is Python's None, and keys are cut to the shorter of the two.
        {error(ErrorKind::denied, "wrong_signer",
               {{"signer", ""}, {"wanted", "CD724A7159A20929AA5B8D904D9389C6B0DE592F"}}),
         22,
         {},
         "Volume was signed by key None, not 592F"},
        {error(ErrorKind::denied, "wrong_signer",
               {{"signer", "CD724A7159A20929AA5B8D904D9389C6B0DE592F"},
                {"wanted", "0xB2E61628CC32EDE2"}}),
         22,
         {},
         "Volume was signed by key 4D9389C6B0DE592F, not B2E61628CC32EDE2"},
        {error(ErrorKind::invalid, "bad_url", {{"missing", "host"}}, "ftp:///x"),
         23,
         {"InvalidBackendURL"},
         "InvalidBackendURL: Missing hostname in a backend URL which requires an explicit "
         "hostname: ftp:///x"},
        {error(ErrorKind::wrong_secret, "secret_wrong",
               {{"gpg_log", "gpg: decryption failed: Bad session key\n"}}),
         31,
         {"GPGError"},
         "GPGError: GPG Failed, see log below:\n===== Begin GnuPG log =====\n"
         "gpg: decryption failed: Bad session key\n===== End GnuPG log =====\n"},
        {error(ErrorKind::invalid, "cannot_match", {}, "/foo"),
         14,
         {},
         "Fatal Error: The file specification\n    /foo\ncannot match any files in the base "
         "directory\n    /src\nUseful"},
        {error(ErrorKind::invalid, "bad_expression", {}, "src//x"),
         15,
         {},
         "Fatal Error while processing expression\nConsecutive '/'s found in globbing string "
         "src//x"},
        {error(ErrorKind::invalid, "redundant_inclusion", {}, "Command-line include glob: x"),
         16,
         {},
         "Last selection expression:\n    Command-line include glob: x\nonly specifies"},
        {error(ErrorKind::invalid, "unsupported_scheme", {}, "foo://x"),
         23,
         {"UnsupportedBackendScheme"},
         "UnsupportedBackendScheme: scheme not supported in url: foo://x"},
        {error(ErrorKind::not_found, "archive_directory", {}, "/a/b"),
         9,
         {},
         "Specified archive directory '/a/b' does not exist, or is not a directory"},
        {error(ErrorKind::not_found, "", {{"errno", "2"}, {"operation", "list"}, {"attempts", "1"}},
               "/t"),
         52,
         {"list", "'/t'"},
         "Giving up after 1 attempts. FileNotFoundError: No such file or directory"},
        {error(ErrorKind::no_space, "", {{"errno", "28"}, {"operation", "put"}, {"attempts", "2"}},
               "/t/v"),
         53,
         {"put", "'v'", "'v'"},
         "Giving up after 2 attempts. OSError: No space left on device"},
        {error(ErrorKind::denied, "", {{"errno", "13"}, {"operation", "delete"}}, "/t/v"),
         51,
         {"delete", "'v'"},
         "Giving up after 1 attempts. PermissionError: Permission denied"},
        {error(ErrorKind::no_space, "", {{"errno", "28"}}, "/t"),
         30,
         {"OSError"},
         "OSError: [Errno 28] No space left on device: '/t'"},
        {error(ErrorKind::internal, ""), 30, {"RuntimeError"}, "RuntimeError: cause"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.begin);
        const auto fatal = fatal_from(row.given, invocation);
        CHECK(static_cast<int>(fatal.code()) == row.code);
        CHECK(fatal.words() == row.words);
        CHECK(std::string{fatal.what()}.starts_with(row.begin));
    }
}

TEST_CASE("a local target without room for a file that is written there is a put that failed")
{
    const std::string volume = "duplicity-full.20231114T221320Z.vol1.difftar.gz";
    struct Row {
        std::string what;
        Action action;
        std::string target;
        std::string object;
        int code;
    };
    const std::vector<Row> rows{
        {"a volume", Action::full, "file:///t", volume, 53},
        {"a volume of a folder as Deja Dup names it", Action::full, "gio+file:///t", volume, 53},
        {"a file of a replica", Action::replicate, "file:///t", volume, 53},
        {"a file of the cache", Action::full, "file:///t", "/cache/job/x.sigtar.part", 30},
        {"a volume that is to be put somewhere else", Action::full, "sftp://host/t", volume, 30},
        {"a file that is restored", Action::restore, "file:///t", "a.txt", 30},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Invocation invocation;
        invocation.action = row.action;
        invocation.target = row.target;
        const auto fatal =
            fatal_from(error(ErrorKind::no_space, "", {{"errno", "28"}}, row.object), invocation);
        CHECK(static_cast<int>(fatal.code()) == row.code);
        if (row.code == 53) {
            CHECK(fatal.words() ==
                  std::vector<std::string>{"put", "'" + row.object + "'", "'" + row.object + "'"});
            CHECK(std::string{fatal.what()} ==
                  "Giving up after 1 attempts. OSError: No space left on device");
        }
    }
}

TEST_CASE("a moment is told in local time to the microsecond")
{
    ::setenv("TZ", "Asia/Kolkata", 1);
    ::tzset();
    const std::chrono::system_clock::time_point moment{
        std::chrono::microseconds{1'795'328'918'000'042}};
    CHECK(moment_text(moment) == "2026-11-22 11:58:38.000042");
    ::setenv("TZ", "UTC", 1);
    ::tzset();
}

TEST_CASE("dates have asctime's form, and stamps those of file names")
{
    ::setenv("TZ", "Europe/Berlin", 1);
    ::tzset();
    constexpr std::int64_t moment = 1'795'328'918;
    Invocation invocation;
    CHECK(date_text(moment) == "Sun Nov 22 07:28:38 2026");
    CHECK(date_text(1'577'833'200) == "Wed Jan  1 00:00:00 2020");
    CHECK(stamp(moment, invocation) == "20261122T062838Z");
    invocation.old_filenames = true;
    CHECK(stamp(moment, invocation) == "2026-11-22T07:28:38+01:00");
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    CHECK(stamp(moment, invocation) == "2026-11-22T06:28:38Z");
}
