#include "engine/naming/index.hpp"

#include <algorithm>

namespace duplid::naming {

namespace {

constexpr char joint = '\0';

}  // namespace

std::string key_of_path(std::string_view path, Error::Kind blame)
{
    if (path.find(joint) != std::string_view::npos) {
        throw Error{blame, "path holds a NUL byte", std::string{path.substr(0, path.find(joint))}};
    }
    std::string key;
    key.reserve(path.size());
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view component = path.substr(at, end - at);
        at = end + 1;
        if (component.empty() || component == ".") {
            continue;
        }
        if (component == "..") {
            throw Error{blame, "path leads upwards through \"..\"", std::string{path}};
        }
        if (!key.empty()) {
            key += joint;
        }
        key += component;
    }
    return key;
}

std::string path_of_key(std::string_view key)
{
    if (key.empty()) {
        return ".";
    }
    std::string path{key};
    std::replace(path.begin(), path.end(), joint, '/');
    return path;
}

bool is_at_or_below(std::string_view key, std::string_view ancestor) noexcept
{
    return ancestor.empty() || (key.starts_with(ancestor) &&
                                (key.size() == ancestor.size() || key[ancestor.size()] == joint));
}

std::string_view parent_of(std::string_view key) noexcept
{
    const std::size_t at = key.rfind(joint);
    return at == std::string_view::npos ? std::string_view{} : key.substr(0, at);
}

std::string_view last_component(std::string_view key) noexcept
{
    const std::size_t at = key.rfind(joint);
    return at == std::string_view::npos ? key : key.substr(at + 1);
}

std::size_t depth_of(std::string_view key) noexcept
{
    if (key.empty()) {
        return 0;
    }
    return static_cast<std::size_t>(std::count(key.begin(), key.end(), joint)) + 1;
}

std::string_view first_components(std::string_view key, std::size_t components) noexcept
{
    if (components == 0) {
        return {};
    }
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] == joint && --components == 0) {
            return key.substr(0, at);
        }
    }
    return key;
}

}  // namespace duplid::naming
