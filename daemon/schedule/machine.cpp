#include "daemon/schedule/machine.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <vector>

namespace duplid::schedule {

namespace {

// linux/route.h and linux/ipv6_route.h: a route is usable when it is up and does not refuse.
constexpr std::uint32_t route_up = 0x0001;
constexpr std::uint32_t route_reject = 0x0200;

/// The first line of a small file, nothing when it cannot be read.
std::optional<std::string> line_of(const std::string& path)
{
    std::ifstream file{path};
    std::string line;
    return std::getline(file, line) ? std::optional{std::move(line)} : std::nullopt;
}

std::optional<std::uint64_t> number_of(const std::string& path)
{
    const auto line = line_of(path);
    std::uint64_t value = 0;
    if (!line ||
        std::from_chars(line->data(), line->data() + line->size(), value).ec != std::errc{}) {
        return std::nullopt;
    }
    return value;
}

bool is_usable(const std::string& hexadecimal_flags)
{
    std::uint32_t flags = 0;
    constexpr int base = 16;
    std::from_chars(hexadecimal_flags.data(), hexadecimal_flags.data() + hexadecimal_flags.size(),
                    flags, base);
    return (flags & route_up) != 0 && (flags & route_reject) == 0;
}

/// The columns of each line of a table in procfs, nothing when there is no such table.
std::optional<std::vector<std::vector<std::string>>> rows_of(const std::string& path)
{
    std::ifstream file{path};
    if (!file) {
        return std::nullopt;
    }
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        auto& row = rows.emplace_back();
        for (std::string word; words >> word;) {
            row.push_back(std::move(word));
        }
    }
    return rows;
}

/// The charge of all batteries together.
class Charge {
public:
    void add(const std::string& battery)
    {
        for (const auto* kind : {"/energy_", "/charge_"}) {
            const auto now = number_of(battery + kind + "now");
            const auto full = number_of(battery + kind + "full");
            if (now && full && *full > 0) {
                now_ += *now;
                full_ += *full;
                break;
            }
        }
        if (const auto percent = number_of(battery + "/capacity")) {
            sum_percent_ += *percent;
            ++batteries_;
        }
    }

    [[nodiscard]] std::optional<unsigned> percent() const
    {
        constexpr std::uint64_t whole = 100;
        // A small battery that is empty beside a large one that is full is not half of both.
        if (full_ > 0) {
            return static_cast<unsigned>(std::min(now_ * whole / full_, whole));
        }
        if (batteries_ > 0) {
            return static_cast<unsigned>(std::min(sum_percent_ / batteries_, whole));
        }
        return std::nullopt;
    }

private:
    std::uint64_t now_ = 0;
    std::uint64_t full_ = 0;
    std::uint64_t sum_percent_ = 0;
    std::uint64_t batteries_ = 0;
};

}  // namespace

Surroundings::Power Machine::power()
{
    bool has_battery = false;
    bool is_discharging = false;
    bool has_adapter = false;
    bool is_plugged_in = false;
    Charge charge;
    std::error_code none;
    const std::filesystem::directory_iterator end;
    for (std::filesystem::directory_iterator entry{places_.sys + "/class/power_supply", none};
         entry != end; entry.increment(none)) {
        const std::string supply = entry->path().string();
        const auto type = line_of(supply + "/type").value_or("");
        if (line_of(supply + "/scope") == "Device") {
            continue;  // a mouse's or a keyboard's
        }
        if (type == "Battery") {
            // A bay without a battery has a directory all the same.
            if (number_of(supply + "/present").value_or(1) == 0) {
                continue;
            }
            has_battery = true;
            is_discharging = is_discharging || line_of(supply + "/status") == "Discharging";
            charge.add(supply);
        } else if (const auto online = number_of(supply + "/online")) {
            has_adapter = true;
            is_plugged_in = is_plugged_in || *online > 0;
        }
    }
    // Sockets for adapters are no sign of a battery: desktops have them too (USB-C).
    const bool on_battery = has_battery && !is_plugged_in && (has_adapter || is_discharging);
    return {.mains = !on_battery, .battery_percent = charge.percent()};
}

bool Machine::is_linked(const std::string& interface) const
{
    // Tunnels and dial-up do not tell: "unknown".
    const auto state = line_of(places_.sys + "/class/net/" + interface + "/operstate");
    return interface != "lo" && (!state || state == "up" || state == "unknown");
}

std::optional<bool> Machine::has_way_out_4() const
{
    // Below self, which a service sees that is shown nothing else of /proc.
    // Iface Destination Gateway Flags RefCnt Use Metric Mask ...; the first line names the columns.
    const auto rows = rows_of(places_.proc + "/self/net/route");
    if (!rows) {
        return std::nullopt;
    }
    return std::any_of(rows->begin(), rows->end(), [this](const auto& row) {
        return row.size() > 7 && row[1] == "00000000" && row[7] == "00000000" &&
               is_usable(row[3]) && is_linked(row[0]);
    });
}

std::optional<bool> Machine::has_way_out_6() const
{
    // Destination, its prefix length, source, its, next hop, metric, count, use, flags, interface.
    const auto rows = rows_of(places_.proc + "/self/net/ipv6_route");
    if (!rows) {
        return std::nullopt;
    }
    const std::string anywhere(32, '0');
    return std::any_of(rows->begin(), rows->end(), [&](const auto& row) {
        return row.size() > 9 && row[0] == anywhere && row[1] == "00" && is_usable(row[8]) &&
               is_linked(row[9]);
    });
}

bool Machine::network_up()
{
    const auto four = has_way_out_4();
    const auto six = has_way_out_6();
    return (!four && !six) || four.value_or(false) || six.value_or(false);
}

std::optional<bool> Machine::metered()
{
    return metered_ ? metered_() : std::nullopt;
}

std::optional<std::string> Machine::target_missing(const std::string& target)
{
    if (!target.starts_with('/')) {
        return network_up() ? std::nullopt : std::optional{"no network to reach " + target};
    }
    // Without asking a server that may be gone, or mounting anything.
    struct statx about {};
    if (statx(AT_FDCWD, target.c_str(), AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &about) ==
        0) {
        return std::nullopt;
    }
    return target + " is not there";
}

std::optional<std::string> Machine::disk_missing(const std::string& path, const std::string& uuid)
{
    return file_system_missing(path, uuid, places_);
}

}  // namespace duplid::schedule
