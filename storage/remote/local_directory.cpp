#include "storage/remote/local_directory.hpp"

#include "storage/remote/url.hpp"

namespace duplid::remote {

std::optional<std::string> local_directory_of(std::string_view url,
                                              const std::string& working_directory)
{
    constexpr std::string_view wrapper = "par2+";
    while (url.starts_with(wrapper)) {
        url.remove_prefix(wrapper.size());
    }
    const auto parsed = parse_url(url);
    if (parsed.scheme != "file" && parsed.scheme != "gio+file") {
        return std::nullopt;
    }
    return local_path(parsed, working_directory);
}

}  // namespace duplid::remote
