#include "engine/operation/backup/resume_mark.hpp"

#include <array>
#include <charconv>
#include <fmt/format.h>

namespace duplid::operation {

namespace {

/// The figures that grow while a set is packed, in the order in which they are printed.
constexpr std::array counted_figures{
    &BackupStatistics::source_files,       &BackupStatistics::source_file_bytes,
    &BackupStatistics::new_files,          &BackupStatistics::new_file_bytes,
    &BackupStatistics::deleted_files,      &BackupStatistics::changed_files,
    &BackupStatistics::changed_file_bytes, &BackupStatistics::changed_delta_bytes,
    &BackupStatistics::raw_delta_bytes,    &BackupStatistics::errors,
};

constexpr std::string_view is_whole = "whole";

/// Takes words, one blank apart, off the front of a text.
class Words {
public:
    explicit Words(std::string_view text) : rest_{text} {}

    std::string_view text()
    {
        const auto blank = rest_.find(' ');
        const auto word = rest_.substr(0, blank);
        at_end_ = blank == std::string_view::npos;
        rest_.remove_prefix(at_end_ ? rest_.size() : blank + 1);
        ok_ = ok_ && !word.empty();
        return word;
    }

    template <class Number>
    void number(Number& into)
    {
        const auto word = text();
        const auto* const end = word.data() + word.size();
        const auto [at, error] = std::from_chars(word.data(), end, into);
        ok_ = ok_ && error == std::errc{} && at == end;
    }

    [[nodiscard]] bool at_end() const noexcept { return at_end_; }
    [[nodiscard]] bool ok() const noexcept { return ok_; }

private:
    std::string_view rest_;
    bool at_end_ = false;
    bool ok_ = true;
};

}  // namespace

SplitFile split_file_of(const select::Metadata& file)
{
    return {file.size,     file.mtime, file.mtime_ns, file.ctime,
            file.ctime_ns, file.inode, file.device,   {}};
}

bool is_same_file(const SplitFile& stored, const select::Metadata& file)
{
    auto now = split_file_of(file);
    now.delta_digest = stored.delta_digest;
    return now == stored;
}

std::string print(const ResumeMark& mark)
{
    auto text = fmt::format("{}", mark.sigtar_bytes);
    for (const auto figure : counted_figures) {
        text += fmt::format(" {}", mark.statistics.*figure);
    }
    if (mark.split) {
        const auto& file = *mark.split;
        text += fmt::format(" {} {} {} {} {} {} {} {}", file.bytes, file.mtime, file.mtime_ns,
                            file.ctime, file.ctime_ns, file.inode, file.device,
                            file.delta_digest.empty() ? is_whole : file.delta_digest);
    }
    return text;
}

std::optional<ResumeMark> parse_resume_mark(std::string_view text)
{
    Words words{text};
    ResumeMark mark;
    words.number(mark.sigtar_bytes);
    for (const auto figure : counted_figures) {
        words.number(mark.statistics.*figure);
    }
    if (!words.at_end()) {
        auto& file = mark.split.emplace();
        words.number(file.bytes);
        words.number(file.mtime);
        words.number(file.mtime_ns);
        words.number(file.ctime);
        words.number(file.ctime_ns);
        words.number(file.inode);
        words.number(file.device);
        const auto digest = words.text();
        file.delta_digest = digest == is_whole ? std::string_view{} : digest;
    }
    return words.ok() && words.at_end() ? std::optional{mark} : std::nullopt;
}

}  // namespace duplid::operation
