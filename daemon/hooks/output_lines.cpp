#include "daemon/hooks/output_lines.hpp"

#include "proto/text.hpp"

#include <algorithm>

namespace duplid::hooks {

namespace {

/// Terminals would obey control characters that somebody's log is shown with.
std::string shown(std::string_view line)
{
    auto text = proto::to_utf8(line);
    std::ranges::replace_if(
        text,
        [](char c) {
            constexpr unsigned char first_printable = 0x20;
            constexpr unsigned char rub_out = 0x7f;
            const auto byte = static_cast<unsigned char>(c);
            return (byte < first_printable && c != '\t') || byte == rub_out;
        },
        '?');
    return text;
}

}  // namespace

void OutputLines::feed(std::string_view bytes)
{
    remember(bytes);
    while (!bytes.empty() && !is_full_) {
        const auto end = bytes.find('\n');
        add(bytes.substr(0, end));
        if (end == std::string_view::npos) {
            return;
        }
        end_line();
        bytes.remove_prefix(end + 1);
    }
}

void OutputLines::finish()
{
    if (!line_.empty() && !is_full_) {
        end_line();
    }
}

void OutputLines::remember(std::string_view bytes)
{
    tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), tail_bytes_max));
    tail_.erase(0, tail_.size() - std::min(tail_.size(), tail_bytes_max));
}

std::string OutputLines::last() const
{
    std::string text;
    std::string_view rest{tail_};
    for (std::size_t lines = 0; lines < last_lines_max && !rest.empty();) {
        const auto before = rest.find_last_of("\r\n");
        const auto line = rest.substr(before == std::string_view::npos ? 0 : before + 1);
        if (!line.empty()) {
            text = shown(line) + (lines == 0 ? "" : " | ") + text;
            ++lines;
        }
        rest = rest.substr(0, before == std::string_view::npos ? 0 : before);
    }
    return text;
}

void OutputLines::add(std::string_view bytes)
{
    const auto room = line_bytes_max - line_.size();
    is_long_ = is_long_ || bytes.size() > room;
    line_ += bytes.substr(0, room);
}

void OutputLines::end_line()
{
    if (!is_long_ && line_.ends_with('\r')) {
        line_.pop_back();
    }
    ++lines_;
    bytes_ += line_.size();
    is_full_ = lines_ > lines_max || bytes_ > bytes_max;
    if (tell_) {
        if (is_full_) {
            tell_("(it writes more, which is left out)");
        } else {
            tell_(shown(line_) + (is_long_ ? " ..." : ""));
        }
    }
    line_.clear();
    is_long_ = false;
}

}  // namespace duplid::hooks
