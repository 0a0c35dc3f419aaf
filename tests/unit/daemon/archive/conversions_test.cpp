#include "daemon/archive/conversions.hpp"

#include "daemon/operations/reading_conversions.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace duplid;
using RuleKind = select::RuleOption::Kind;

namespace {

proto::BackupParams params_for(const std::string& source)
{
    proto::BackupParams params;
    params.source = source;
    return params;
}

}  // namespace

TEST_CASE("every selection option of duplicity has its rule")
{
    struct Row {
        proto::RuleParams params;
        RuleKind expected;
    };
    for (const auto& row :
         {Row{{"include", "a", {}}, RuleKind::include},
          Row{{"exclude", "a", {}}, RuleKind::exclude},
          Row{{"include-filelist", "l", {}}, RuleKind::include_filelist},
          Row{{"exclude-filelist", "l", {}}, RuleKind::exclude_filelist},
          Row{{"include-regexp", "r", {}}, RuleKind::include_regexp},
          Row{{"exclude-regexp", "r", {}}, RuleKind::exclude_regexp},
          Row{{"exclude-device-files", "", {}}, RuleKind::exclude_device_files},
          Row{{"exclude-if-present", "f", {}}, RuleKind::exclude_if_present},
          Row{{"exclude-other-filesystems", "", {}}, RuleKind::exclude_other_filesystems},
          Row{{"exclude-older-than", "", 5}, RuleKind::exclude_older_than},
          Row{{"files-from", "l", {}}, RuleKind::files_from},
          Row{{"named-path", "p", {}}, RuleKind::named_path},
          Row{{"filter-globbing", "", {}}, RuleKind::filter_globbing},
          Row{{"filter-literal", "", {}}, RuleKind::filter_literal},
          Row{{"filter-regexp", "", {}}, RuleKind::filter_regexp},
          Row{{"filter-ignorecase", "", {}}, RuleKind::filter_ignorecase},
          Row{{"filter-strictcase", "", {}}, RuleKind::filter_strictcase},
          Row{{"exclude-caches", "", {}}, RuleKind::exclude_caches},
          Row{{"exclude-larger-than", "", {}, 7}, RuleKind::exclude_larger_than},
          Row{{"exclude-nodump", "", {}}, RuleKind::exclude_nodump}}) {
        CAPTURE(row.params.kind);
        auto params = params_for("/src");
        params.rules = {row.params};
        const auto request = daemon::request_from(params);
        REQUIRE(request.rules.size() == 1);
        CHECK(request.rules[0].kind == row.expected);
        CHECK(request.rules[0].value == row.params.value);
        CHECK(request.rules[0].time == row.params.time.value_or(0));
        CHECK(request.rules[0].bytes == row.params.bytes.value_or(0));
    }
}

TEST_CASE("rules that do not exist, or lack what they need, are refused with a suggestion")
{
    struct Row {
        proto::RuleParams params;
        std::string hint;
    };
    for (const auto& row :
         {Row{{"exclude-filelst", "l", {}}, "did you mean exclude-filelist?"},
          Row{{"", "", {}}, ""}, Row{{"exclude-device-files", "x", {}}, ""},
          Row{{"exclude-older-than", "", {}}, ""}, Row{{"include", "a", 5}, ""},
          Row{{"exclude-larger-than", "", {}}, ""}, Row{{"exclude-older-than", "", 5, 6}, ""}}) {
        CAPTURE(row.params.kind);
        auto params = params_for("/src");
        params.rules = {row.params};
        try {
            static_cast<void>(daemon::request_from(params));
            FAIL("was accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
            CHECK(error.hint() == row.hint);
        }
    }
}

TEST_CASE("what kind of backup is wanted reaches the operation, and its outcome the client")
{
    auto params = params_for("/src");
    CHECK(daemon::request_from(params).record_changes);
    params.full_if_older_than = 44;
    params.dry_run = true;
    params.skip_if_no_change = true;
    params.record_changes = false;
    const auto request = daemon::request_from(params);
    CHECK(request.full_if_older_than == 44);
    CHECK(request.dry_run);
    CHECK(request.skip_if_no_change);
    CHECK_FALSE(request.record_changes);

    operation::BackupReport report;
    report.set = naming::SetId::full_at(5);
    CHECK(daemon::to_wire(report).outcome == proto::BackupOutcome::stored);
    report.outcome = operation::BackupOutcome::would_store;
    CHECK(daemon::to_wire(report).outcome == proto::BackupOutcome::would_store);
    report.outcome = operation::BackupOutcome::unchanged;
    CHECK(daemon::to_wire(report).outcome == proto::BackupOutcome::unchanged);
}

TEST_CASE("lists of files are read from where the caller stands")
{
    const io::TempDirectory directory;
    io::replace_file(directory.path() + "/list", io::view_of("content"));
    auto params = params_for("/src");
    params.archive.working_directory = directory.path();
    const auto request = daemon::request_from(params);
    CHECK(io::text_of(request.rule_settings.lists("list")) == "content");
    CHECK(io::text_of(request.rule_settings.lists(directory.path() + "/list")) == "content");
    CHECK_THROWS_AS(request.rule_settings.lists("missing"), Error);
}

TEST_CASE("a relative source is accepted only from where the daemon itself stands")
{
    auto params = params_for("some/./where/");
    CHECK_THROWS_AS(static_cast<void>(daemon::request_from(params)), Error);
    params.archive.working_directory = "/nowhere/at/all";
    CHECK_THROWS_AS(static_cast<void>(daemon::request_from(params)), Error);
    params.archive.working_directory = std::filesystem::current_path().string();
    CHECK(daemon::request_from(params).source == "some/where");
}

TEST_CASE("a restore needs an absolute destination")
{
    proto::RestoreParams params;
    for (const std::string destination : {"", "relative", "./x"}) {
        params.destination = destination;
        CHECK_THROWS_AS(static_cast<void>(daemon::request_from(params)), Error);
    }
    params.destination = "/there";
    params.path = "a/b";
    params.time = 77;
    params.force = true;
    params.restore_ownership = false;
    const auto request = daemon::request_from(params);
    CHECK(request.destination == "/there");
    CHECK(request.path == "a/b");
    CHECK(request.time == 77);
    CHECK(request.overwrite == operation::Overwrite::always);
    CHECK_FALSE(request.restore_ownership);
    params.overwrite = proto::Overwrite::never;
    CHECK_THROWS_AS(static_cast<void>(daemon::request_from(params)), Error);
    params.force = false;
    CHECK(daemon::request_from(params).overwrite == operation::Overwrite::never);
    params.overwrite.reset();
    CHECK_FALSE(daemon::request_from(params).overwrite.has_value());
    CHECK_FALSE(daemon::request_from(params).ignore_errors);
    params.ignore_errors = true;
    CHECK(daemon::request_from(params).ignore_errors);
    params.renames = {{"a", "../b"}};
    CHECK_THROWS_AS(static_cast<void>(daemon::request_from(params)), Error);
}

TEST_CASE("sets are named by type and times")
{
    const auto full = daemon::to_wire(naming::SetId::full_at(5));
    CHECK(full.type == proto::SetType::full);
    CHECK_FALSE(full.start.has_value());
    CHECK(full.time == 5);
    const auto increment = daemon::to_wire(naming::SetId::increment(5, 9));
    CHECK(increment.type == proto::SetType::incremental);
    CHECK(increment.start == 5);
    CHECK(increment.time == 9);
}
