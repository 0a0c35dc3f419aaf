#include "ctl/words/surroundings.hpp"

#include "ctl/process/failure.hpp"

#include <ctime>
#include <filesystem>
#include <system_error>

namespace duplid::ctl {

Surroundings surroundings()
{
    std::error_code error;
    auto directory = std::filesystem::current_path(error);
    if (error) {
        throw system_failure(proto::ErrorKind::not_found, "finding the working directory", {},
                             error.value());
    }
    return {.working_directory = directory.string(), .now = std::time(nullptr)};
}

}  // namespace duplid::ctl
