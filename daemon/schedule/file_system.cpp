#include "daemon/schedule/file_system.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>
#include <utility>
#include <vector>

namespace duplid::schedule {

namespace {

namespace fs = std::filesystem;

/// The file system hierarchy standard's, and udisks' (udisks(8)).
constexpr std::array<std::string_view, 3> mount_places{"/media/", "/mnt/", "/run/media/"};

/// "MAJOR:MINOR"
using Device = std::string;

struct Mount {
    Device device;  ///< of btrfs and its like a number that no disk has
    std::string root;
    std::string point;
    std::string source;  ///< /dev/sda1
};

/// Blanks and backslashes are written as "\040": their number in three octal digits.
std::string unescaped(std::string_view text)
{
    constexpr std::size_t digits = 3;
    constexpr int base = 8;
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto number = text.substr(i + 1, digits);
        if (text[i] != '\\' || number.size() < digits || !std::ranges::all_of(number, is_octal)) {
            plain += text[i];
            continue;
        }
        int value = 0;
        for (const char c : number) {
            value = value * base + (c - '0');
        }
        plain += static_cast<char>(value);
        i += digits;
    }
    return plain;
}

/// One line of mountinfo: identity, parent, device, root, mount point, options, fields of any
/// number, "-", type, source, options. Nothing for what is no such line.
std::optional<Mount> mount_from(const std::string& line)
{
    std::istringstream words{line};
    std::vector<std::string> fields;
    for (std::string word; words >> word;) {
        fields.push_back(std::move(word));
    }
    const auto dash = std::ranges::find(fields, "-");
    constexpr std::ptrdiff_t root_index = 3;
    constexpr std::ptrdiff_t point_index = 4;
    if (dash - fields.begin() <= point_index || fields.end() - dash <= 2) {
        return std::nullopt;
    }
    return Mount{fields[2], unescaped(fields[root_index]), unescaped(fields[point_index]),
                 unescaped(*(dash + 2))};
}

bool is_below(const std::string& path, const std::string& point)
{
    return point == "/" || path == point ||
           (path.size() > point.size() && path.starts_with(point) && path[point.size()] == '/');
}

/// Without symbolic links, as far as it is there.
std::string resolved(const std::string& path)
{
    std::error_code error;
    const auto real = fs::weakly_canonical(path, error);
    return error ? path : real.string();
}

/// The mount that a path is on: the deepest one above it, and of several at one place the last.
std::optional<Mount> mount_of(const std::string& path, const Places& places)
{
    const auto real = resolved(path);
    std::ifstream table{places.proc + "/self/mountinfo"};
    std::optional<Mount> found;
    for (std::string line; std::getline(table, line);) {
        auto mount = mount_from(line);
        if (mount && is_below(real, mount->point) &&
            (!found || mount->point.size() >= found->point.size())) {
            found = std::move(mount);
        }
    }
    return found;
}

std::optional<Device> device_of_node(const std::string& node)
{
    struct stat facts {};
    if (::stat(node.c_str(), &facts) != 0 || facts.st_rdev == 0) {
        return std::nullopt;
    }
    return std::to_string(major(facts.st_rdev)) + ":" + std::to_string(minor(facts.st_rdev));
}

std::optional<std::string> line_of(const std::string& file)
{
    std::ifstream stream{file};
    std::string line;
    return std::getline(stream, line) ? std::optional{std::move(line)} : std::nullopt;
}

std::vector<std::string> names_in(const std::string& directory)
{
    std::vector<std::string> names;
    std::error_code error;
    const fs::directory_iterator end;
    for (fs::directory_iterator entry{directory, error}; !error && entry != end;
         entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    return names;
}

/// The device that a mount's source names: as a node, or, where there is no /dev, by its name.
std::optional<Device> device_of_source(const std::string& source, const Places& places)
{
    constexpr std::string_view nodes = "/dev/";
    constexpr std::string_view mapped = "mapper/";
    if (!source.starts_with(nodes)) {
        return std::nullopt;
    }
    const auto name = source.substr(nodes.size());
    if (auto device = device_of_node(places.dev + "/" + name)) {
        return device;
    }
    const auto blocks = places.sys + "/class/block/";
    if (!name.starts_with(mapped)) {
        return line_of(blocks + name + "/dev");
    }
    for (const auto& block : names_in(blocks)) {
        if (line_of(blocks + block + "/dm/name") == name.substr(mapped.size())) {
            return line_of(blocks + block + "/dev");
        }
    }
    return std::nullopt;
}

std::string uuid_of(const std::set<Device>& devices, const Places& places)
{
    const auto links = places.dev + "/disk/by-uuid";
    for (const auto& name : names_in(links)) {
        if (const auto device = device_of_node(links + "/" + name);
            device && devices.contains(*device)) {
            return name;
        }
    }
    constexpr std::string_view key = "E:ID_FS_UUID=";
    for (const auto& device : devices) {
        std::ifstream record{places.run + "/udev/data/b" + device};
        for (std::string line; std::getline(record, line);) {
            if (line.starts_with(key)) {
                return line.substr(key.size());
            }
        }
    }
    return {};
}

}  // namespace

FileSystem file_system_of(const std::string& path, const Places& places)
{
    const auto mount = mount_of(path, places);
    if (!mount) {
        return {};
    }
    std::set<Device> devices{mount->device};
    if (auto device = device_of_source(mount->source, places)) {
        devices.insert(std::move(*device));
    }
    return {.mount_point = mount->point,
            .root = mount->root,
            .uuid = uuid_of(devices, places),
            .is_root = mount->point == "/"};
}

bool lacks_disk(const std::string& path, const FileSystem& there)
{
    const auto real = resolved(path);
    const auto mounted = there.mount_point + "/";
    return !there.mount_point.empty() &&
           std::ranges::any_of(mount_places, [&](std::string_view place) {
               return real.starts_with(place) && !mounted.starts_with(place);
           });
}

std::optional<std::string> file_system_missing(const std::string& path, const std::string& uuid,
                                               const Places& places)
{
    const auto there = file_system_of(path, places);
    if (there.uuid == uuid) {
        return std::nullopt;
    }
    if (there.uuid.empty() && !there.is_root) {
        return "nobody can tell whether " + path + " is on the disk with UUID " + uuid;
    }
    return "the disk with UUID " + uuid + " is not mounted at " + path;
}

void require_file_system(const std::string& path, const std::string& uuid)
{
    if (auto missing = file_system_missing(path, uuid)) {
        throw Error{Error::Kind::unreachable, std::move(*missing), path,
                    "mount it, or change \"filesystem\" in the job if it is another disk now"};
    }
}

}  // namespace duplid::schedule
