// The time zone of this process for the length of a test.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace duplid::naming::test {

class TimeZone {
public:
    /// `rule` is a POSIX TZ rule, which needs no zone files.
    explicit TimeZone(const char* rule)
    {
        if (const char* const before = std::getenv("TZ")) {
            before_ = before;
        }
        ::setenv("TZ", rule, 1);
        ::tzset();
    }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;
    ~TimeZone()
    {
        if (before_) {
            ::setenv("TZ", before_->c_str(), 1);
        } else {
            ::unsetenv("TZ");
        }
        ::tzset();
    }

private:
    std::optional<std::string> before_{};
};

inline constexpr const char* prague = "CET-1CEST,M3.5.0,M10.5.0/3";
inline constexpr const char* new_york = "EST5EDT,M3.2.0,M11.1.0";
inline constexpr const char* st_johns = "NST3:30NDT,M3.2.0,M11.1.0";

}  // namespace duplid::naming::test
