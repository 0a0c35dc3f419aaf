#include "daemon/schedule/zone.hpp"

#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::schedule {

namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::string_view database = "/usr/share/zoneinfo/";
constexpr const char* local_link = "/etc/localtime";
constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;

/// Whether a name can only lead into the database, and not elsewhere.
bool is_zone_name(std::string_view name) noexcept
{
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '-' || c == '_' || c == '/';
    };
    return !name.empty() && name.size() < NAME_MAX && name.front() != '/' && name.back() != '/' &&
           name.find("//") == std::string_view::npos &&
           std::all_of(name.begin(), name.end(), is_allowed);
}

/// The bytes of a regular file. Throws: Error, not_found also for what is no file.
std::string contents_of(const std::string& path)
{
    const auto file = io::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat about {};
    if (fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) {
        throw Error{Error::Kind::not_found, "no time zone is described there", path};
    }
    std::string bytes(file_bytes_max, '\0');
    bytes.resize(io::read_full(file.get(), std::as_writable_bytes(std::span{bytes}), path));
    return bytes;
}

/// The name of the zone that /etc/localtime is a link to, if it is one into the database.
std::string name_behind_link()
{
    std::array<char, PATH_MAX> buffer{};
    const auto bytes = readlink(local_link, buffer.data(), buffer.size());
    const std::string_view link{buffer.data(), bytes > 0 ? static_cast<std::size_t>(bytes) : 0};
    constexpr std::string_view folder = "/zoneinfo/";
    const auto at = link.find(folder);
    return at == std::string_view::npos ? "localtime"
                                        : std::string{link.substr(at + folder.size())};
}

}  // namespace

std::shared_ptr<const Zone> Zone::utc()
{
    const auto zone = std::make_shared<Zone>(Key{}, "UTC");
    zone->offsets_.emplace_back();
    return zone;
}

std::shared_ptr<const Zone> Zone::named(std::string_view name)
{
    if (name == "UTC") {
        return utc();
    }
    if (!is_zone_name(name)) {
        throw Error{Error::Kind::not_found, "this is not the name of a time zone",
                    std::string{name}, "zones are named like Europe/Berlin, or UTC"};
    }
    return read_path(std::string{database}.append(name), std::string{name});
}

std::shared_ptr<const Zone> Zone::read_path(const std::string& path, std::string name)
{
    return read(contents_of(path), std::move(name));
}

std::shared_ptr<const Zone> Zone::local()
{
    // Read only, and nothing in this process ever sets it.
    const char* variable = std::getenv("TZ");  // NOLINT(concurrency-mt-unsafe)
    try {
        if (variable == nullptr) {
            return read_path(local_link, name_behind_link());
        }
        std::string_view text{variable};
        if (text.starts_with(':')) {
            text.remove_prefix(1);
        }
        if (text.starts_with('/')) {
            return read_path(std::string{text}, std::string{text});
        }
        try {
            return named(text);
        } catch (const Error&) {
            return of_rule(text);
        }
    } catch (const Error&) {
        // As the C library has it: what cannot be understood is UTC.
        return utc();
    }
}

std::shared_ptr<const Zone> Zone::of_rule(std::string_view rule)
{
    const auto zone = std::make_shared<Zone>(Key{}, std::string{rule});
    zone->rule_ = parse_rule(rule);
    zone->offsets_.push_back(zone->rule_->standard);
    return zone;
}

Zone::Offset Zone::at(sys_seconds moment) const noexcept
{
    const auto count = moment.time_since_epoch().count();
    const auto next =
        std::upper_bound(transitions_.begin(), transitions_.end(), count,
                         [](std::int64_t value, const Transition& one) { return value < one.at; });
    if (next == transitions_.end() && rule_) {
        return offset_by_rule(*rule_, moment);
    }
    return next == transitions_.begin() ? offsets_.front() : offsets_[std::prev(next)->offset];
}

Zone::Offset Zone::offset_by_rule(const Rule& rule, sys_seconds moment) noexcept
{
    using namespace std::chrono;
    if (!rule.daylight) {
        return rule.standard;
    }
    const auto year = year_month_day{floor<days>(moment + rule.standard.ahead)}.year();
    const auto midnight_of = [year](const Change& change) -> sys_days {
        const sys_days first = year / January / 1;
        switch (change.kind) {
        case Change::Kind::month_week_day: {
            const auto month = year / std::chrono::month{change.month};
            const weekday day{change.day};
            return change.week == 5 ? sys_days{month / day[last]}
                                    : sys_days{month / day[change.week]};
        }
        case Change::Kind::julian:
            return first + days{change.day - 1 + (year.is_leap() && change.day >= 60 ? 1 : 0)};
        case Change::Kind::day_of_year:
            break;
        }
        return first + days{change.day};
    };
    // Each time is told by the clock as it stands before the change.
    const auto start = midnight_of(rule.start) + rule.start.time - rule.standard.ahead;
    const auto end = midnight_of(rule.end) + rule.end.time - rule.daylight->ahead;
    const bool daylight = start < end ? start <= moment && moment < end  // north of the equator
                                      : moment < end || start <= moment;
    return daylight ? *rule.daylight : rule.standard;
}

sys_seconds Zone::moment_of(Wall wall, seconds likely_offset, Skipped skipped) const
{
    // Guess the offset, look at what the wall shows then, and correct the guess by the difference.
    // In a gap this swings between two moments for ever.
    constexpr int guesses_max = 6;
    const auto wanted = wall.time_since_epoch();
    sys_seconds moment{wanted - likely_offset};
    auto last = moment;
    auto last_but_one = moment;
    bool last_was_daylight = false;
    for (int guess = 0; guess < guesses_max; ++guess) {
        const Offset offset = at(moment);
        const auto missing = wanted - (moment.time_since_epoch() + offset.ahead);
        if (missing == seconds::zero()) {
            break;
        }
        const bool swings = moment == last_but_one && moment != last;
        if (swings && skipped == Skipped::later) {
            return std::max(moment, last);
        }
        if (swings && (offset.daylight || !last_was_daylight)) {
            break;
        }
        last_but_one = std::exchange(last, moment);
        last_was_daylight = offset.daylight;
        moment += missing;
    }
    return moment;
}

}  // namespace duplid::schedule
