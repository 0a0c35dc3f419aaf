#include "engine/operation/object/made_file.hpp"

#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

namespace duplid::operation {

namespace {

[[noreturn]] void refuse(const char* why, const std::string& path)
{
    throw Error{Error::Kind::invalid, why, io::printable(path),
                "it is relative to the source: \"dumps/database.sql\""};
}

}  // namespace

MadePlaces::MadePlaces(std::span<const std::string> paths)
{
    for (std::size_t i = 0; i < paths.size(); ++i) {
        const auto& path = paths[i];
        const auto key = naming::key_of_path(path, Error::Kind::invalid);
        if (key.empty() || path.starts_with('/') || path.ends_with('/')) {
            refuse("this is no path of a file", path);
        }
        if (!places_.emplace(key, i).second) {
            refuse("another file is already there, or below it", path);
        }
        for (auto depth = naming::depth_of(key) - 1; depth > 0; --depth) {
            const auto folder = naming::first_components(key, depth);
            if (places_.try_emplace(std::string{folder}).first->second) {
                refuse("another file stands where a folder is needed", path);
            }
        }
    }
}

}  // namespace duplid::operation
