#include "ctl/setup/typed_path.hpp"

#include "ctl/runs/verb_parts.hpp"
#include "ctl/words/command_line.hpp"
#include "ctl/words/option_values.hpp"

#include <cstdlib>
#include <filesystem>

namespace duplid::setup {

std::string home()
{
    const char* const value = std::getenv("HOME");
    return value != nullptr && *value == '/' ? value : "";
}

std::string path_from(const std::string& answer)
{
    const bool is_at_home = answer == "~" || answer.starts_with("~/");
    return ctl::absolute(is_at_home ? home() + answer.substr(1) : answer, ctl::surroundings());
}

std::string url_from(const std::string& answer)
{
    return ctl::is_url(answer) ? answer : "file://" + path_from(answer);
}

std::string tidy(const std::string& path)
{
    auto text = std::filesystem::path{path}.lexically_normal().string();
    if (text.size() > 1 && text.ends_with('/')) {
        text.pop_back();
    }
    return text;
}

}  // namespace duplid::setup
