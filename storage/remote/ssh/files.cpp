#include "storage/remote/ssh/files.hpp"

#include <fmt/format.h>

namespace duplid::ssh {

std::string path_in(const std::string& directory, const std::string& name)
{
    if (directory.empty() || directory == ".") {
        return name;
    }
    return directory.ends_with('/') ? directory + name : fmt::format("{}/{}", directory, name);
}

}  // namespace duplid::ssh
