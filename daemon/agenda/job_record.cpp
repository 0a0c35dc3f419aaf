#include "daemon/agenda/job_record.hpp"

#include "proto/reader.hpp"
#include "proto/writer.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace duplid::daemon {

namespace {

using schedule::Instant;
using schedule::Span;

enum class ResultWord { success, failed, cancelled, interrupted, other };

constexpr std::array result_words{
    proto::Choice{static_cast<int>(ResultWord::success), "success"},
    proto::Choice{static_cast<int>(ResultWord::failed), "failed"},
    proto::Choice{static_cast<int>(ResultWord::cancelled), "cancelled"},
    proto::Choice{static_cast<int>(ResultWord::interrupted), "interrupted"},
    proto::Choice{static_cast<int>(ResultWord::other), "other"},
};

std::span<const proto::Choice> choices_of(ResultWord) noexcept
{
    return result_words;
}

schedule::Result result_of(ResultWord word) noexcept
{
    switch (word) {
    case ResultWord::success:
        return schedule::Result::success;
    case ResultWord::cancelled:
        return schedule::Result::cancelled;
    case ResultWord::interrupted:
        return schedule::Result::interrupted;
    case ResultWord::failed:
    case ResultWord::other:
        break;
    }
    return schedule::Result::failed;
}

ResultWord word_of(schedule::Result result) noexcept
{
    switch (result) {
    case schedule::Result::success:
        return ResultWord::success;
    case schedule::Result::failed:
        return ResultWord::failed;
    case schedule::Result::cancelled:
        return ResultWord::cancelled;
    case schedule::Result::interrupted:
        break;
    }
    return ResultWord::interrupted;
}

void describe_instant(proto::Fields& fields, const proto::Field& field, Instant& instant)
{
    auto number = static_cast<std::int64_t>(instant.time_since_epoch().count());
    fields.member(field, number);
    instant = Instant{Span{number}};
}

struct AttemptRecord {
    schedule::Attempt attempt;

    void describe(proto::Fields& fields)
    {
        describe_instant(fields, {"began", "", true}, attempt.began);
        describe_instant(fields, {"ended", "", true}, attempt.ended);
        auto word = word_of(attempt.result);
        fields.member({"result", "", true}, word);
        attempt.result = result_of(word);
    }
};

void describe_attempt(proto::Fields& fields, const proto::Field& field,
                      std::optional<schedule::Attempt>& attempt)
{
    std::optional<AttemptRecord> record;
    if (attempt) {
        record = AttemptRecord{*attempt};
    }
    fields.member(field, record);
    attempt = record ? std::optional{record->attempt} : std::nullopt;
}

}  // namespace

void JobRecord::describe(proto::Fields& fields)
{
    fields.member({"plan", "its schedule"}, plan);
    describe_instant(fields, {"planned", ""}, past.planned);
    describe_attempt(fields, {"last_success", ""}, past.last_success);
    describe_attempt(fields, {"last_attempt", ""}, past.last_attempt);
    fields.member({"failures", "in a row"}, past.failures);
    std::optional<std::int64_t> paused;
    if (past.paused_until) {
        paused = past.paused_until->time_since_epoch().count();
    }
    fields.member({"paused_until", ""}, paused);
    past.paused_until = paused ? std::optional{Instant{Span{*paused}}} : std::nullopt;
    fields.member({"running_since", ""}, running_since);
    fields.member({"run", "the last"}, run);
    fields.member({"last_state", ""}, last_state);
    fields.member({"last_error", ""}, last_error);
    fields.member({"targets", ""}, targets);
    fields.member({"stale_told", "notices have told that it is stale"}, stale_told);
    fields.member({"figures", ""}, figures);
}

std::string text_of(const JobRecord& record)
{
    return proto::write_message(record).dump(-1, ' ', false, proto::Json::error_handler_t::replace);
}

std::optional<JobRecord> job_record_of(const std::string& text)
{
    const auto json = proto::Json::parse(text, nullptr, false);
    try {
        return proto::read_message<JobRecord>(json, proto::Strictness::reply);
    } catch (const proto::ProtocolError&) {
        return std::nullopt;
    }
}

}  // namespace duplid::daemon
