#include "engine/manifest/reader.hpp"

#include "engine/manifest/quoting.hpp"
#include "engine/naming/index.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <string_view>

namespace duplid::manifest {

namespace {

constexpr std::size_t read_bytes = std::size_t{64} << 10;
constexpr std::size_t sha1_digits = 40;

/// What the reference splits lines at; bytes above 0x7f are never blank.
constexpr std::string_view blanks = " \t\n\r\v\f";

std::string_view trimmed(std::string_view text) noexcept
{
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Takes the next word, empty when there is none.
std::string_view take_word(std::string_view& rest) noexcept
{
    rest = trimmed(rest);
    const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    return word;
}

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text)
{
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
    return result;
}

/// Whether `word` is `keyword` (given in lower case) in any letter case.
bool is_keyword(std::string_view word, std::string_view keyword) noexcept
{
    return std::equal(word.begin(), word.end(), keyword.begin(), keyword.end(),
                      [](char a, char b) { return lower(a) == b; });
}

template <class Number>
std::optional<Number> decimal(std::string_view text) noexcept
{
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc{} || result.ptr != end) {
        return std::nullopt;
    }
    return number;
}

Error corrupt(const std::string& text)
{
    return Error{Error::Kind::corrupt, text};
}

std::string sha1_from(std::string_view value)
{
    std::string sha1 = lower(value);
    if (sha1.size() != sha1_digits ||
        sha1.find_first_not_of("0123456789abcdef") != std::string::npos) {
        throw corrupt("not a SHA-1 hash");
    }
    return sha1;
}

/// A volume record of which lines may still come.
struct Record {
    Volume volume{};
    bool has_first = false;
    bool has_last = false;
    std::uint64_t line = 0;
};

/// Takes the lines of a manifest one after the other.
class Parser {
public:
    enum class Tail { must_be_whole, may_be_cut };

    Parser(Tail tail, const std::function<void(FileChange&&)>& on_change)
        : tail_{tail}, on_change_{on_change}
    {
    }

    void feed(std::string_view text);
    [[nodiscard]] Manifest finish();

private:
    void read_line(std::string_view line);
    bool read_top_level(std::string_view line, std::string_view word, std::string_view rest);
    void begin_record(std::string_view rest);
    void read_in_record(std::string_view word, std::string_view rest);
    void read_hash(std::string_view rest);
    void read_file_change(std::string_view word, std::string_view rest);
    void end_record();
    void drop_cut_record();

    Tail tail_;
    const std::function<void(FileChange&&)>& on_change_;
    Manifest manifest_{};
    std::string held_{};  ///< the beginning of a line whose end has not come yet
    std::uint64_t line_ = 0;
    bool recognised_ = false;
    bool in_file_list_ = false;
    bool knows_chunks_ = true;
    std::optional<Record> record_{};
    std::map<std::uint32_t, Volume> volumes_{};
    bool revisited_ = false;
    std::uint32_t last_number_ = 0;
};

void Parser::feed(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view piece = text.substr(0, end);
        if (held_.size() + piece.size() > line_bytes_max) {
            throw corrupt(fmt::format("manifest line {} is too long", line_ + 1));
        }
        if (end == std::string_view::npos) {
            held_ += piece;
            return;
        }
        ++line_;
        try {
            if (held_.empty()) {
                read_line(piece);
            } else {
                held_ += piece;
                read_line(held_);
                held_.clear();
            }
        } catch (const Error& error) {
            throw error.with_context(fmt::format("manifest line {}", line_));
        }
        text.remove_prefix(end + 1);
    }
}

void Parser::read_line(std::string_view line)
{
    std::string_view rest = line;
    const std::string_view word = take_word(rest);
    if (word.empty()) {
        return;
    }
    const bool is_indented = word.data() != line.data();
    if (!is_indented && read_top_level(line, word, rest)) {
        recognised_ = true;
        return;
    }
    if (record_) {
        read_in_record(word, rest);
    }
    if (in_file_list_) {
        read_file_change(word, rest);
    }
}

/// Lines that must begin at the margin. Whether this was one.
bool Parser::read_top_level(std::string_view line, std::string_view word, std::string_view rest)
{
    if (word.size() == line.size()) {
        return false;  // a keyword is followed by a blank
    }
    if (is_keyword(word, "volume")) {
        begin_record(rest);
        return true;
    }
    if (is_keyword(word, "hostname")) {
        if (!manifest_.hostname) {
            manifest_.hostname = trimmed(rest);
        }
        return true;
    }
    if (is_keyword(word, "localdir")) {
        if (!manifest_.localdir) {
            manifest_.localdir = unquote(trimmed(rest));
        }
        return true;
    }
    if (is_keyword(word, "filelist")) {
        const auto count = decimal<std::uint64_t>(trimmed(rest));
        if (count) {
            manifest_.files_stated = *count;
            manifest_.has_file_list = true;
            in_file_list_ = true;
        }
        return count.has_value();
    }
    if (is_keyword(word, "duplid-format")) {
        // Another form of the private lines is not ours to guess at; they are optional anyway.
        knows_chunks_ = trimmed(rest) == "1";
        return true;
    }
    return false;
}

void Parser::begin_record(std::string_view rest)
{
    end_record();
    rest = trimmed(rest);
    const std::size_t colon = rest.find(':');
    const auto number = colon == std::string_view::npos
                            ? std::nullopt
                            : decimal<std::uint32_t>(rest.substr(0, colon));
    if (!number || *number == 0) {
        throw corrupt("no usable volume number");
    }
    record_.emplace();
    record_->volume.number = *number;
    record_->line = line_;
    in_file_list_ = false;
}

void Parser::read_in_record(std::string_view word, std::string_view rest)
{
    const bool is_first = is_keyword(word, "startingpath");
    if (is_first || is_keyword(word, "endingpath")) {
        const std::string_view path = take_word(rest);
        const std::string_view block = take_word(rest);
        if (path.empty() || !trimmed(rest).empty()) {
            throw corrupt("neither a path nor a path with a block number");
        }
        Bound bound{.key = naming::key_of_path(unquote(path))};
        if (!block.empty()) {
            bound.block = decimal<std::uint64_t>(block);
            if (!bound.block) {
                throw corrupt("no usable block number");
            }
        }
        (is_first ? record_->volume.first : record_->volume.last) = std::move(bound);
        (is_first ? record_->has_first : record_->has_last) = true;
    } else if (is_keyword(word, "hash")) {
        read_hash(rest);
    } else if (is_keyword(word, "duplid-chunks")) {
        record_->volume.chunks = take_word(rest);
        if (!trimmed(rest).empty()) {
            throw corrupt("chunk index of several words");
        }
    } else if (is_keyword(word, "duplid-source-sha1")) {
        record_->volume.source_sha1 = sha1_from(trimmed(rest));
    }
}

void Parser::read_hash(std::string_view rest)
{
    const std::string_view algorithm = take_word(rest);
    const std::string_view value = take_word(rest);
    if (value.empty() || !trimmed(rest).empty()) {
        throw corrupt("a hash is an algorithm and a value");
    }
    if (!is_keyword(algorithm, "sha1")) {
        record_->volume.other_hashes.emplace_back(algorithm, value);
        return;
    }
    record_->volume.sha1 = sha1_from(value);
}

void Parser::read_file_change(std::string_view word, std::string_view rest)
{
    struct Row {
        std::string_view keyword;
        FileChange::Action action;
    };
    static constexpr std::array rows{Row{"new", FileChange::Action::added},
                                     Row{"changed", FileChange::Action::changed},
                                     Row{"deleted", FileChange::Action::removed}};
    const auto* const row = std::find_if(
        rows.begin(), rows.end(), [word](const Row& r) { return is_keyword(word, r.keyword); });
    if (row == rows.end() || !on_change_) {
        return;
    }
    const std::string_view path = take_word(rest);
    if (path.empty() || !trimmed(rest).empty()) {
        throw corrupt("a changed file needs one path");
    }
    on_change_({.action = row->action, .key = naming::key_of_path(unquote(path))});
}

void Parser::end_record()
{
    if (!record_) {
        return;
    }
    if (!record_->has_first || !record_->has_last) {
        throw corrupt(fmt::format("the record of volume {} (line {}) lacks a path",
                                  record_->volume.number, record_->line));
    }
    last_number_ = record_->volume.number;
    const bool is_new = volumes_.insert_or_assign(last_number_, std::move(record_->volume)).second;
    record_.reset();
    revisited_ = revisited_ || !is_new;
    if (volumes_.size() > volumes_max) {
        throw corrupt("more volumes than a set can have");
    }
}

/// Leaves out the last record of an interrupted run if it was still under way.
void Parser::drop_cut_record()
{
    if (!record_) {
        return;
    }
    // The hash is the last of the lines that every record has.
    const Volume& volume = record_->volume;
    const bool has_hash = !volume.sha1.empty() || !volume.other_hashes.empty();
    if (!record_->has_first || !record_->has_last || !has_hash) {
        record_.reset();
    }
}

Manifest Parser::finish()
{
    if (tail_ == Tail::may_be_cut) {
        drop_cut_record();
    } else if (!held_.empty()) {
        throw corrupt(fmt::format("manifest line {} is cut off", line_ + 1));
    } else if (!recognised_) {
        throw corrupt(fmt::format("none of the {} lines belongs to a manifest", line_));
    }
    end_record();
    if (revisited_) {
        // A restarted run went back: what it had not reached again was cut away (3.6).
        volumes_.erase(volumes_.upper_bound(last_number_), volumes_.end());
    }
    manifest_.volumes.reserve(volumes_.size());
    for (auto& [number, volume] : volumes_) {
        if (!knows_chunks_) {
            volume.chunks.clear();
            volume.source_sha1.clear();
        }
        manifest_.volumes.push_back(std::move(volume));
    }
    return std::move(manifest_);
}

Manifest parse_collecting(io::ByteView bytes, Parser::Tail tail)
{
    std::vector<FileChange> files;
    const std::function<void(FileChange &&)> collect = [&files](FileChange&& change) {
        files.push_back(std::move(change));
    };
    Parser parser{tail, collect};
    parser.feed(io::text_of(bytes));
    Manifest manifest = parser.finish();
    manifest.files = std::move(files);
    return manifest;
}

}  // namespace

Manifest parse(io::ByteView bytes)
{
    return parse_collecting(bytes, Parser::Tail::must_be_whole);
}

Manifest parse(io::Source& source, const std::function<void(FileChange&&)>& on_change)
{
    Parser parser{Parser::Tail::must_be_whole, on_change};
    io::Bytes buffer(read_bytes);
    while (const std::size_t count = source.read(buffer)) {
        parser.feed(io::text_of(io::ByteView{buffer}.first(count)));
    }
    return parser.finish();
}

Manifest parse_unfinished(io::ByteView bytes)
{
    return parse_collecting(bytes, Parser::Tail::may_be_cut);
}

}  // namespace duplid::manifest
