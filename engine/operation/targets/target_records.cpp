#include "engine/operation/targets/target_records.hpp"

#include "storage/io/digest.hpp"
#include "storage/io/file.hpp"

#include <fmt/format.h>
#include <sstream>

namespace duplid::operation {

namespace {

constexpr auto file_name = "duplid-targets";
constexpr auto first_line = "targets 1";
constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;
/// In place of a word that is empty.
constexpr auto nothing = "-";

std::string word_of(const std::string& text)
{
    return text.empty() ? nothing : text;
}

std::string text_of(const std::string& word)
{
    return word == nothing ? std::string{} : word;
}

std::string key_of(const std::string& canonical_target)
{
    return io::digest_hex(io::Digest::Algorithm::sha256, io::view_of(canonical_target));
}

}  // namespace

TargetRecords TargetRecords::load(const cache::ArchiveDirectory& directory)
{
    TargetRecords records{directory.path_of(file_name)};
    const auto found = io::read_file_if_there(records.path_, file_bytes_max);
    if (found && records.parse(std::string{io::text_of(*found)})) {
        records.is_new_ = false;
    } else {
        records.attempt_.clear();
        records.records_.clear();
    }
    return records;
}

bool TargetRecords::parse(const std::string& text)
{
    std::istringstream lines{text};
    std::string line;
    if (!std::getline(lines, line) || line != first_line || !std::getline(lines, line)) {
        return false;
    }
    attempt_ = text_of(line);
    while (std::getline(lines, line)) {
        std::istringstream words{line};
        std::string key;
        TargetRecord record;
        if (!(words >> key >> record.newest >> record.copying >> record.copied >> record.attempt)) {
            return false;
        }
        record.newest = text_of(record.newest);
        record.copying = text_of(record.copying);
        record.attempt = text_of(record.attempt);
        records_.emplace(std::move(key), std::move(record));
    }
    return true;
}

TargetRecord& TargetRecords::of(const std::string& canonical_target)
{
    return records_[key_of(canonical_target)];
}

void TargetRecords::save()
{
    auto text = fmt::format("{}\n{}\n", first_line, word_of(attempt_));
    for (const auto& [key, record] : records_) {
        text += fmt::format("{} {} {} {} {}\n", key, word_of(record.newest),
                            word_of(record.copying), record.copied, word_of(record.attempt));
    }
    io::replace_file(path_, io::view_of(text));
    is_new_ = false;
}

}  // namespace duplid::operation
