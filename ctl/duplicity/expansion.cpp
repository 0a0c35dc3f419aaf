#include "ctl/duplicity/expansion.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace duplid::duplicity {

namespace {

bool is_name_char(char c) noexcept
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string home_of(const std::string& user)
{
    if (user.empty()) {
        if (const char* const home = std::getenv("HOME")) {
            return home;
        }
    }
    const passwd* const entry = user.empty() ? ::getpwuid(::getuid()) : ::getpwnam(user.c_str());
    return entry == nullptr ? "" : entry->pw_dir;
}

std::string with_home(std::string path)
{
    if (!path.starts_with('~')) {
        return path;
    }
    const auto slash = std::min(path.find('/'), path.size());
    auto home = home_of(path.substr(1, slash - 1));
    if (home.empty()) {
        return path;
    }
    while (home.size() > 1 && home.ends_with('/')) {
        home.pop_back();
    }
    return home == "/" && slash < path.size() ? path.substr(slash) : home + path.substr(slash);
}

/// The name of the variable that `text` begins with behind its `$`, and how long that is.
struct Variable {
    std::string name;
    std::size_t length = 0;
};

Variable variable_at(std::string_view text)
{
    if (text.starts_with('{')) {
        const auto end = text.find('}');
        return end == std::string_view::npos
                   ? Variable{}
                   : Variable{std::string{text.substr(1, end - 1)}, end + 1};
    }
    std::size_t length = 0;
    while (length < text.size() && is_name_char(text[length])) {
        ++length;
    }
    return {std::string{text.substr(0, length)}, length};
}

}  // namespace

std::string expanded(std::string_view path)
{
    const auto text = with_home(std::string{path});
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '$') {
            const auto variable = variable_at(std::string_view{text}.substr(i + 1));
            const char* const value =
                variable.name.empty() ? nullptr : std::getenv(variable.name.c_str());
            if (value != nullptr) {
                result += value;
                i += variable.length;
                continue;
            }
        }
        result += text[i];
    }
    return result;
}

std::string normalised(std::string_view path)
{
    const bool absolute = path.starts_with('/');
    std::string result = absolute ? "/" : "";
    while (!path.empty()) {
        const auto slash = std::min(path.find('/'), path.size());
        const auto part = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (part.empty() || part == ".") {
            continue;
        }
        if (!result.empty() && !result.ends_with('/')) {
            result += '/';
        }
        result += part;
    }
    return result.empty() ? "." : result;
}

}  // namespace duplid::duplicity
