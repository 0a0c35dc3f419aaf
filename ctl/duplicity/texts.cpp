#include "ctl/duplicity/texts.hpp"

#include "ctl/time_text.hpp"

#include <ctime>
#include <fmt/format.h>

namespace duplid::duplicity {

std::string date_text(std::int64_t epoch)
{
    return ctl::local_time_text(epoch);
}

std::string stamp(std::int64_t epoch)
{
    const auto seconds = static_cast<std::time_t>(epoch);
    std::tm utc{};
    if (::gmtime_r(&seconds, &utc) == nullptr) {
        return fmt::to_string(epoch);
    }
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                       utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace duplid::duplicity
