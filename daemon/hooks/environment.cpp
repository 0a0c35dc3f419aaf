#include "daemon/hooks/environment.hpp"

#include "proto/text.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace duplid::hooks {

namespace {

constexpr std::array passed_on{
    "HOME",
    "PATH",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
};

/// A path may hold anything but NUL, a message of an error, too.
std::string without_nul(std::string text)
{
    std::erase(text, '\0');
    return text;
}

/// One line, whatever it was.
std::string one_line(const std::string& value)
{
    auto text = proto::to_utf8(value);
    constexpr unsigned char first_printable = 0x20;
    std::ranges::replace_if(
        text, [](char c) { return static_cast<unsigned char>(c) < first_printable; }, ' ');
    return text;
}

}  // namespace

std::vector<std::string> child_environment(const Facts& facts)
{
    std::vector<std::string> environment;
    for (const auto* const name : passed_on) {
        if (const char* const value = std::getenv(name)) {
            environment.push_back(std::string{name} + "=" + value);
        }
    }
    for (const auto& fact : facts) {
        environment.push_back(fact.name + "=" + without_nul(fact.value));
    }
    return environment;
}

std::string facts_file(const Facts& facts)
{
    std::string text;
    for (const auto& fact : facts) {
        text += fact.name + "=" + one_line(fact.value) + "\n";
    }
    return text;
}

}  // namespace duplid::hooks
