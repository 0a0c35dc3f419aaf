#include "ctl/duplicity/texts.hpp"

#include "ctl/text/time_text.hpp"

#include <cstdlib>
#include <ctime>
#include <fmt/format.h>

namespace duplid::duplicity {

namespace {

constexpr int first_year = 1900;
constexpr long seconds_per_hour = 3600;
constexpr long seconds_per_minute = 60;

std::string old_stamp(std::time_t seconds, char separator)
{
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) {
        return fmt::to_string(seconds);
    }
    auto text = fmt::format("{:04}-{:02}-{:02}T{:02}{}{:02}{}{:02}", local.tm_year + first_year,
                            local.tm_mon + 1, local.tm_mday, local.tm_hour, separator, local.tm_min,
                            separator, local.tm_sec);
    const long offset = local.tm_gmtoff;
    if (offset == 0) {
        return text + "Z";
    }
    const long distance = std::labs(offset);
    return text + fmt::format("{}{:02}{}{:02}", offset < 0 ? '-' : '+', distance / seconds_per_hour,
                              separator, distance % seconds_per_hour / seconds_per_minute);
}

}  // namespace

std::string date_text(std::int64_t epoch)
{
    return ctl::local_time_text(epoch);
}

std::string moment_text(std::chrono::system_clock::time_point moment)
{
    using namespace std::chrono;
    const auto whole = floor<seconds>(moment);
    const auto seconds = system_clock::to_time_t(whole);
    std::tm local{};
    if (::localtime_r(&seconds, &local) == nullptr) {
        return fmt::to_string(seconds);
    }
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}", local.tm_year + first_year,
                       local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                       duration_cast<microseconds>(moment - whole).count());
}

std::string stamp(std::int64_t epoch, const Invocation& invocation)
{
    return invocation.old_filenames
               ? old_stamp(static_cast<std::time_t>(epoch), invocation.time_separator)
               : stamp(epoch);
}

std::string stamp(std::int64_t epoch)
{
    const auto seconds = static_cast<std::time_t>(epoch);
    std::tm utc{};
    if (::gmtime_r(&seconds, &utc) == nullptr) {
        return fmt::to_string(epoch);
    }
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + first_year, utc.tm_mon + 1,
                       utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace duplid::duplicity
