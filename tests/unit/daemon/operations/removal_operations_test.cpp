// Reports of removals on the wire: every word has its twin, and no archive is too large for a line.
#include "daemon/operations/removal_operations.hpp"

#include "proto/protocol.hpp"
#include "proto/reader.hpp"
#include "proto/writer.hpp"
#include "storage/io/error.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace duplid;

TEST_CASE("a report of a huge archive fits into a line, and its counts are of everything")
{
    constexpr int many = 20'000;
    operation::RemoveReport report;
    const auto set = naming::SetId::increment(4'000'000'000, 4'100'000'000);
    for (int i = 0; i < many; ++i) {
        operation::JudgedChain chain{.first = set, .last = set, .sets = many};
        for (const auto rule : {chain::KeepRule::last, chain::KeepRule::hourly,
                                chain::KeepRule::last_good_chain, chain::KeepRule::yearly}) {
            chain.verdict.reasons.push_back({rule, many, set.end});
        }
        report.chains.push_back(chain);
        report.needed.push_back(set);
        report.deletion.parts.push_back({set, chain::RemovalCause::old_signatures, 1, 1});
        report.deletion.files.push_back({std::string(120, 'x'), 1'000'000'000'000});
    }
    const auto wire = daemon::to_wire(report);
    CHECK(wire.files_count == many);
    CHECK(wire.files.size() == proto::RemovalReport::files_listed_max);
    CHECK(proto::write_message(wire).dump().size() < proto::line_bytes_max * 3 / 4);
}

TEST_CASE("every rule, fate and cause has a word of the same meaning")
{
    operation::RemoveReport report;
    operation::JudgedChain chain;
    for (const auto rule :
         {chain::KeepRule::last, chain::KeepRule::hourly, chain::KeepRule::daily,
          chain::KeepRule::weekly, chain::KeepRule::monthly, chain::KeepRule::yearly,
          chain::KeepRule::within, chain::KeepRule::newer, chain::KeepRule::no_increments,
          chain::KeepRule::newest_chain, chain::KeepRule::last_good_chain,
          chain::KeepRule::future}) {
        chain.verdict.reasons.push_back({rule, 0, 0});
    }
    for (const auto fate : {chain::Fate::stays, chain::Fate::goes, chain::Fate::loses_increments}) {
        chain.verdict.fate = fate;
        report.chains.push_back(chain);
    }
    for (const auto cause :
         {chain::RemovalCause::chain, chain::RemovalCause::left_over, chain::RemovalCause::orphaned,
          chain::RemovalCause::replaced, chain::RemovalCause::incomplete,
          chain::RemovalCause::partial, chain::RemovalCause::signatures,
          chain::RemovalCause::duplicates, chain::RemovalCause::old_signatures}) {
        report.deletion.parts.push_back({naming::SetId::full_at(1), cause, 0, 0});
    }
    const auto json = proto::write_message(daemon::to_wire(report));
    const auto words = [&json](const char* list, const char* member) {
        std::vector<std::string> all;
        for (const auto& item : json.at(list)) {
            all.push_back(item.at(member).get<std::string>());
        }
        return all;
    };
    using Words = std::vector<std::string>;
    CHECK(words("chains", "fate") == Words{"stays", "goes", "loses_increments"});
    CHECK(words("parts", "cause") == Words{"chain", "left_over", "orphaned", "replaced",
                                           "incomplete", "partial", "signatures", "duplicates",
                                           "old_signatures"});
    Words rules;
    for (const auto& reason : json.at("chains").at(0).at("reasons")) {
        rules.push_back(reason.at("rule").get<std::string>());
    }
    CHECK(rules == Words{"last", "hourly", "daily", "weekly", "monthly", "yearly", "within",
                         "newer", "no_increments", "newest_chain", "last_good_chain", "future"});
}

TEST_CASE("a policy without a rule is refused before anything is opened")
{
    daemon::Workshop workshop;
    proto::PruneParams params;
    params.archive.target = "file:///nowhere";
    CHECK_THROWS_AS(static_cast<void>(daemon::plan(workshop, params)), Error);
    params.keep_last = 1;
    CHECK(daemon::plan(workshop, params).facts.kind == proto::RunKind::removal);
}

TEST_CASE("params of removals that make no sense are refused")
{
    using nlohmann::json;
    const auto read = [](const char* text) {
        return proto::read_message<proto::RemoveAllButNFullParams>(json::parse(text),
                                                                   proto::Strictness::request);
    };
    CHECK(read(R"({"target":"file:///t","count":2})").count == 2);
    for (const auto* const text :
         {R"({"target":"file:///t"})", R"({"target":"file:///t","count":0})",
          R"({"target":"file:///t","count":-1})", R"({"target":"file:///t","count":2,"tme":1})",
          R"({"count":2})"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(static_cast<void>(read(text)), proto::ProtocolError);
    }
}
