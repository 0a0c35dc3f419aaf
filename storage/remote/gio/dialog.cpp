#include "storage/remote/gio/dialog.hpp"

#include <algorithm>

namespace duplid::gio {

namespace {

constexpr std::size_t text_bytes_max = std::size_t{16} << 10U;
constexpr std::size_t said_bytes_max = 500;

struct Prompt {
    std::string_view word;
    bool has_default = false;
};

/// Of a line that is not ended.
Prompt prompt_in(std::string_view line)
{
    constexpr std::string_view end = ": ";
    if (!line.ends_with(end)) {
        return {};
    }
    line.remove_suffix(end.size());
    const auto bracket = line.find(" [");
    const bool has_default = bracket != std::string_view::npos && line.ends_with(']');
    return {has_default ? line.substr(0, bracket) : line, has_default};
}

}  // namespace

Dialog::Reply Dialog::hang_up(Trouble trouble) noexcept
{
    trouble_ = trouble;
    return Reply::hang_up;
}

Dialog::Reply Dialog::hear(std::string_view output)
{
    text_ += output;
    if (text_.size() > text_bytes_max) {
        text_.erase(0, text_.size() - text_bytes_max);
    }
    if (trouble_ != Trouble::none) {
        return Reply::nothing;
    }
    const auto start = text_.rfind('\n') + 1;  // 0 where there is none
    const auto prompt = prompt_in(std::string_view{text_}.substr(start));
    const bool is_user = prompt.word == "User";
    const bool is_password = prompt.word == "Password";
    const bool is_choice = prompt.word == "Choice";
    if (!is_user && !is_password && !is_choice && prompt.word != "Domain") {
        return Reply::nothing;
    }
    const bool has_default = prompt.has_default;
    text_.resize(start);
    if (is_choice) {
        return hang_up(Trouble::question);
    }
    if (is_password) {
        if (!knows_password_) {
            return hang_up(Trouble::no_password);
        }
        if (has_told_password_) {
            return hang_up(Trouble::wrong_password);
        }
        has_told_password_ = true;
        return Reply::password;
    }
    // The default is the user of the URL, where the mount knows it.
    return is_user && knows_user_ && !has_default ? Reply::user : Reply::blank;
}

std::string Dialog::said() const
{
    std::string line;
    for (const char c : text_) {
        const bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_blank) {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (line.ends_with(' ')) {
        line.pop_back();
    }
    line.resize(std::min(line.size(), said_bytes_max));
    return line;
}

}  // namespace duplid::gio
