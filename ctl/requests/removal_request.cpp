#include "ctl/requests/removal_request.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/text/time_text.hpp"
#include "ctl/words/option_values.hpp"

#include <charconv>
#include <limits>

namespace duplid::ctl {

namespace {

proto::RemovalParams removal_params(const CommandLine& line, const std::string& url,
                                    const Surroundings& here)
{
    proto::RemovalParams params;
    params.archive = archive_params(line, url, here);
    params.force = line.has(OptionId::force);
    params.include_last_chain = line.has(OptionId::include_last_chain);
    params.allow_future = line.has(OptionId::allow_future);
    params.lifetime = lifetime_of(line);
    return params;
}

std::uint32_t full_count(const std::string& text)
{
    std::uint32_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end || number == 0) {
        throw usage_failure("the number of full backups must be a whole number from 1 on", text);
    }
    return number;
}

std::uint32_t kept(const CommandLine& line, OptionId id)
{
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(number_of(line, id, 1, most).value_or(0));
}

/// "30D", "1Y6M": what a time string calls an interval, and nothing else that one can be.
std::optional<std::uint64_t> span_of(const CommandLine& line, const Surroundings& here)
{
    const auto text = line.value(OptionId::keep_within);
    if (!text) {
        return std::nullopt;
    }
    const bool is_span = text->find_first_not_of("0123456789smhDWMY") == std::string::npos &&
                         text->find_first_of("smhDWMY") != std::string::npos;
    const auto time = is_span ? parse_time(*text, here.now) : std::nullopt;
    if (!time || *time > here.now) {
        throw usage_failure("--keep-within wants a span of time", *text,
                            "numbers with s, m, h, D, W, M or Y, for example 30D or 1Y6M");
    }
    return static_cast<std::uint64_t>(here.now - *time);
}

}  // namespace

proto::RemoveOlderThanParams remove_older_than_params(const CommandLine& line,
                                                      const Surroundings& here)
{
    return {removal_params(line, line.positionals.at(1), here),
            time_from(line.positionals.at(0), line, "remove-older-than", here)};
}

proto::RemoveAllButNFullParams remove_all_but_n_full_params(const CommandLine& line,
                                                            const Surroundings& here)
{
    return {removal_params(line, line.positionals.at(1), here), full_count(line.positionals.at(0))};
}

proto::RemoveIncrementsParams remove_increments_params(const CommandLine& line,
                                                       const Surroundings& here)
{
    return {removal_params(line, line.positionals.at(1), here), full_count(line.positionals.at(0))};
}

proto::PruneParams prune_params(const CommandLine& line, const Surroundings& here)
{
    proto::PruneParams params;
    static_cast<proto::RemovalParams&>(params) = removal_params(line, line.positionals.at(0), here);
    params.keep_last = kept(line, OptionId::keep_last);
    params.keep_hourly = kept(line, OptionId::keep_hourly);
    params.keep_daily = kept(line, OptionId::keep_daily);
    params.keep_weekly = kept(line, OptionId::keep_weekly);
    params.keep_monthly = kept(line, OptionId::keep_monthly);
    params.keep_yearly = kept(line, OptionId::keep_yearly);
    params.keep_within = span_of(line, here);
    for (const auto& given : line.given) {
        if (option(given.id).set == OptionSet::keep) {
            return params;
        }
    }
    throw usage_failure("prune was not told what to keep", {},
                        "for example: --keep-daily 7 --keep-weekly 4 --keep-monthly 12");
}

proto::CleanupParams cleanup_params(const CommandLine& line, const Surroundings& here)
{
    proto::CleanupParams params;
    params.archive = archive_params(line, line.positionals.at(0), here);
    params.force = line.has(OptionId::force);
    params.extra_clean = line.has(OptionId::extra_clean);
    params.include_last_chain = line.has(OptionId::include_last_chain);
    params.lifetime = lifetime_of(line);
    return params;
}

}  // namespace duplid::ctl
