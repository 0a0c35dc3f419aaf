#include "ctl/duplicity/compat.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace duplid::duplicity {

namespace {

constexpr const char* version_variable = "DUPLID_COMPAT_VERSION";

/// Numbers with dots between them, at least two: all that front ends can read.
bool is_version(std::string_view text)
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && is_digit(text.front()) && is_digit(text.back()) &&
           text.find('.') != std::string_view::npos && text.find("..") == std::string_view::npos &&
           std::ranges::all_of(text, [&](char c) { return is_digit(c) || c == '.'; });
}

std::string settings_directory()
{
    const char* const given = std::getenv("XDG_CONFIG_HOME");
    if (given != nullptr && *given == '/') {
        return given;
    }
    const char* const home = std::getenv("HOME");
    return home == nullptr ? std::string{} : std::string{home} + "/.config";
}

std::string setting()
{
    const auto directory = settings_directory();
    std::string word;
    if (!directory.empty()) {
        std::ifstream file{directory + "/duplid/compat-version"};
        file >> word;
    }
    return word;
}

}  // namespace

CompatVersion compat_version()
{
    const char* const variable = std::getenv(version_variable);
    for (const auto& text :
         {variable == nullptr ? std::string{} : std::string{variable}, setting()}) {
        if (is_version(text)) {
            return {text};
        }
    }
    return {};
}

}  // namespace duplid::duplicity
