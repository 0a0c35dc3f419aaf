// What this machine tells of its power, its network and its disks.
//
// Facts: power supplies as in the kernel's Documentation/ABI/testing/sysfs-class-power, what a
// mains adapter is as systemd-ac-power(1) has it; routes as in proc_net(5); operstate as in the
// kernel's Documentation/networking/operstates.rst.
#pragma once

#include "daemon/schedule/conditions.hpp"
#include "daemon/schedule/file_system.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace duplid::schedule {

/// Reads sysfs and procfs, which answer at once. What cannot be read is taken for met: a machine
/// that does not tell (a container, say) shall be backed up.
class Machine final : public Surroundings {
public:
    /// `metered` asks whoever keeps the network (NetworkManager does); empty: nobody here knows.
    explicit Machine(std::function<std::optional<bool>()> metered)
        : Machine{std::move(metered), Places{}}
    {
    }
    Machine(std::function<std::optional<bool>()> metered, Places places)
        : metered_{std::move(metered)}, places_{std::move(places)}
    {
    }

    [[nodiscard]] Power power() override;
    [[nodiscard]] bool network_up() override;
    [[nodiscard]] std::optional<bool> metered() override;
    /// A target that is an absolute path must be there; any other is a host, for which there must
    /// be a network.
    [[nodiscard]] std::optional<std::string> target_missing(const std::string& target) override;
    [[nodiscard]] std::optional<std::string> disk_missing(const std::string& path,
                                                          const std::string& uuid) override;

private:
    [[nodiscard]] bool is_linked(const std::string& interface) const;
    [[nodiscard]] std::optional<bool> has_way_out_4() const;
    [[nodiscard]] std::optional<bool> has_way_out_6() const;

    std::function<std::optional<bool>()> metered_;
    Places places_;
};

}  // namespace duplid::schedule
