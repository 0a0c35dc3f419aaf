#include "ctl/generate/names.hpp"

namespace duplid::generate {

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> words;
    while (true) {
        const auto end = text.find(separator);
        words.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return words;
        }
        text.remove_prefix(end + 1);
    }
}

std::vector<const ctl::Verb*> shown_verbs()
{
    std::vector<const ctl::Verb*> shown;
    for (const auto& verb : ctl::verbs()) {
        if (!verb.hidden) {
            shown.push_back(&verb);
        }
    }
    return shown;
}

std::vector<const ctl::Option*> options_of(const ctl::Verb& verb)
{
    std::vector<const ctl::Option*> found;
    for (const auto& option : ctl::options()) {
        if (ctl::contains(verb.sets, option.set)) {
            found.push_back(&option);
        }
    }
    return found;
}

std::string_view kind_from_daemon(ctl::Complete complete) noexcept
{
    switch (complete) {
    case ctl::Complete::job_name:
        return "jobs";
    case ctl::Complete::run_number:
        return "runs";
    case ctl::Complete::run_or_job:
        return "runs-and-jobs";
    case ctl::Complete::set_time:
        return "times";
    case ctl::Complete::path_in_archive:
        return "paths";
    case ctl::Complete::nothing:
    case ctl::Complete::file:
    case ctl::Complete::directory:
    case ctl::Complete::choice:
        break;
    }
    return "";
}

std::string escaped(std::string_view text, std::string_view characters)
{
    std::string result;
    for (const char c : text) {
        if (characters.find(c) != std::string_view::npos) {
            result += '\\';
        }
        result += c;
    }
    return result;
}

}  // namespace duplid::generate
