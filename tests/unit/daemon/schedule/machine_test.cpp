// What a machine says is told by files of the kernel's form in a directory; what these mean is
// known from the machines they were seen on.

#include "daemon/schedule/conditions.hpp"
#include "daemon/schedule/machine.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace duplid;
using namespace std::chrono;
using namespace duplid::schedule;

namespace {

class Kernel {
public:
    void write(const std::string& path, const std::string& text)
    {
        const std::filesystem::path file = directory_.path() + "/" + path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream{file} << text;
    }

    void supply(const std::string& name, const std::string& type, const std::string& file,
                const std::string& value)
    {
        write("sys/class/power_supply/" + name + "/type", type + "\n");
        write("sys/class/power_supply/" + name + "/" + file, value + "\n");
    }

    void link(const std::string& name, const std::string& state)
    {
        write("sys/class/net/" + name + "/operstate", state + "\n");
    }

    Machine machine(std::function<std::optional<bool>()> metered = {})
    {
        return Machine{std::move(metered),
                       {.sys = directory_.path() + "/sys", .proc = directory_.path() + "/proc"}};
    }

    [[nodiscard]] std::string path(const std::string& name) const
    {
        return directory_.path() + "/" + name;
    }

private:
    io::TempDirectory directory_;
};

constexpr const char* route_head =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
constexpr const char* route_default =
    "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n";
constexpr const char* route_link =
    "wlan0\t0000A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n";

const std::string nowhere(32, '0');
const std::string six_unreachable = nowhere + " 00 " + nowhere + " 00 " + nowhere +
                                    " ffffffff 00000001 00000000 00200200       lo\n";
const std::string six_default = nowhere + " 00 " + nowhere +
                                " 00 fe800000000000000000000000000001 00000400 00000001 00000000 "
                                "00450003    wlan0\n";

}  // namespace

TEST_CASE("a machine that says nothing of power is on mains")
{
    Kernel kernel;
    CHECK(kernel.machine().power().mains);
    CHECK_FALSE(kernel.machine().power().battery_percent);
}

TEST_CASE("a laptop is on mains when its adapter is online, and on battery when not")
{
    Kernel kernel;
    kernel.supply("AC", "Mains", "online", "1");
    kernel.supply("BAT0", "Battery", "capacity", "40");
    kernel.supply("BAT0", "Battery", "status", "Charging");
    CHECK(kernel.machine().power().mains);
    kernel.supply("AC", "Mains", "online", "0");
    kernel.supply("BAT0", "Battery", "status", "Discharging");
    CHECK_FALSE(kernel.machine().power().mains);
    CHECK(kernel.machine().power().battery_percent == 40);
}

TEST_CASE("a desktop with an empty USB-C socket and a mouse with a battery is on mains")
{
    Kernel kernel;
    kernel.supply("ucsi-source-psy-USBC000:001", "USB", "online", "0");
    kernel.supply("hidpp_battery_0", "Battery", "status", "Discharging");
    kernel.supply("hidpp_battery_0", "Battery", "scope", "Device");
    kernel.supply("hidpp_battery_0", "Battery", "capacity", "7");
    CHECK(kernel.machine().power().mains);
    CHECK_FALSE(kernel.machine().power().battery_percent);
}

TEST_CASE("of two batteries the charge is that of both together, and an empty bay is none")
{
    Kernel kernel;
    kernel.supply("BAT0", "Battery", "energy_now", "0");
    kernel.supply("BAT0", "Battery", "energy_full", "20000000");
    kernel.supply("BAT0", "Battery", "status", "Unknown");
    kernel.supply("BAT1", "Battery", "energy_now", "60000000");
    kernel.supply("BAT1", "Battery", "energy_full", "60000000");
    kernel.supply("BAT1", "Battery", "status", "Discharging");
    kernel.supply("BAT2", "Battery", "present", "0");
    kernel.supply("BAT2", "Battery", "capacity", "0");
    const auto power = kernel.machine().power();
    CHECK_FALSE(power.mains);
    CHECK(power.battery_percent == 75);
}

TEST_CASE("there is a network when a route leads anywhere over a link that is up")
{
    Kernel kernel;
    kernel.link("wlan0", "up");
    kernel.write("proc/self/net/ipv6_route", six_unreachable);
    kernel.write("proc/self/net/route", std::string{route_head} + route_link);
    CHECK_FALSE(kernel.machine().network_up());
    kernel.write("proc/self/net/route", std::string{route_head} + route_default + route_link);
    CHECK(kernel.machine().network_up());
    kernel.link("wlan0", "down");
    CHECK_FALSE(kernel.machine().network_up());
    kernel.link("wlan0", "unknown");
    CHECK(kernel.machine().network_up());
    kernel.write("proc/self/net/route", route_head);
    CHECK_FALSE(kernel.machine().network_up());
    kernel.write("proc/self/net/ipv6_route", six_default + six_unreachable);
    CHECK(kernel.machine().network_up());
}

TEST_CASE("a machine that shows no routes is taken to have a network")
{
    Kernel kernel;
    CHECK(kernel.machine().network_up());
}

TEST_CASE("a target on a disk must be there, one on a host needs a network")
{
    Kernel kernel;
    kernel.write("proc/self/net/route", route_head);
    auto machine = kernel.machine();
    CHECK(machine.target_missing(kernel.path("disk")) == kernel.path("disk") + " is not there");
    kernel.write("disk/marker", "");
    CHECK_FALSE(machine.target_missing(kernel.path("disk")));
    CHECK(machine.target_missing("nas.example") == "no network to reach nas.example");
    kernel.link("wlan0", "up");
    kernel.write("proc/self/net/route", std::string{route_head} + route_default);
    CHECK_FALSE(machine.target_missing("nas.example"));
}

TEST_CASE("the real machine answers")
{
    Machine machine{{}};
    CHECK_NOTHROW((void)machine.power());
    CHECK_NOTHROW((void)machine.network_up());
    CHECK_FALSE(machine.metered());
    CHECK_FALSE(machine.target_missing("/"));
}

namespace {

struct FakeSurroundings final : Surroundings {
    Power now;
    bool network = true;
    std::optional<bool> paid;
    std::optional<std::string> missing;
    std::optional<std::string> no_disk;

    Power power() override { return now; }
    bool network_up() override { return network; }
    std::optional<bool> metered() override { return paid; }
    std::optional<std::string> target_missing(const std::string&) override { return missing; }
    std::optional<std::string> disk_missing(const std::string&, const std::string&) override
    {
        return no_disk;
    }
};

}  // namespace

TEST_CASE("each condition that does not hold says why, and what nobody knows holds")
{
    const Instant now = sys_days{2026y / 11 / 20} + 12h;
    const auto zone = Zone::utc();
    FakeSurroundings around;
    around.now = {.mains = false, .battery_percent = 40};
    around.network = false;
    around.missing = "disk is not there";
    const auto reason = [&](const Conditions& conditions) {
        const auto unmet_one = unmet(conditions, around, now, *zone);
        return unmet_one ? unmet_one->reason : "met";
    };
    Conditions none;
    CHECK(reason(none) == "met");
    Conditions disk;
    disk.disk_uuid = "a";
    CHECK(reason(disk) == "met");
    around.no_disk = "the disk is not mounted";
    CHECK(reason(disk) == "the disk is not mounted");
    Conditions network;
    network.network = true;
    CHECK(reason(network) == "no network");
    Conditions mains;
    mains.mains = true;
    CHECK(reason(mains) == "on battery");
    mains.battery_percent_min = 50;
    CHECK(reason(mains) == "on battery at 40 %, at least 50 % wanted");
    mains.battery_percent_min = 40;
    CHECK(reason(mains) == "met");
    around.now.battery_percent.reset();
    CHECK(reason(mains) == "on a battery that does not tell its charge");
    Conditions unmetered;
    unmetered.unmetered = true;
    CHECK(reason(unmetered) == "met");
    around.paid = true;
    CHECK(reason(unmetered) == "the network is metered");
    Conditions target;
    target.target = "/disk";
    CHECK(reason(target) == "disk is not there");

    Conditions hours;
    hours.hours = {Hours::parse("22:00..06:00"), Hours::parse("20:00..21:00")};
    CHECK(unmet(hours, around, now, *zone) == Unmet{"outside of its hours", now + 8h});
    CHECK_FALSE(unmet(hours, around, now + 10h, *zone));
}
