#include "ctl/rdiffdir/command_line.hpp"

#include "ctl/duplicity/rule_lists.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace duplid::rdiffdir {

namespace {

struct Given {
    OptionId id;
    std::string value;
};

UsageError bad_option(std::string_view name, std::string_view why)
{
    return UsageError{fmt::format("Bad command line option: option {} {}", name, why)};
}

const Option& long_option(std::string_view name)
{
    const Option* found = nullptr;
    for (const auto& option : options()) {
        if (option.long_name == name) {
            return option;
        }
        if (name.size() > 2 && option.long_name.starts_with(name)) {
            if (found != nullptr) {
                throw bad_option(name, "not a unique prefix");
            }
            found = &option;
        }
    }
    if (found == nullptr) {
        throw bad_option(name, "not recognized");
    }
    return *found;
}

const Option& short_option(std::string_view name)
{
    const auto found = std::ranges::find(options(), name, &Option::short_name);
    if (found == options().end()) {
        throw bad_option(name, "not recognized");
    }
    return *found;
}

/// Options in front of the first word that is none; the rest is left in `words`.
class WordReader {
public:
    explicit WordReader(std::span<const std::string>& words) : words_{words} {}

    std::vector<Given> read()
    {
        while (!words_.empty() && words_.front().starts_with('-') && words_.front() != "-") {
            const auto& word = take();
            if (word == "--") {
                break;
            }
            if (word.starts_with("--")) {
                read_long(word);
            } else {
                read_cluster(word);
            }
        }
        return std::move(given_);
    }

private:
    const std::string& take()
    {
        const auto& word = words_.front();
        words_ = words_.subspan(1);
        return word;
    }

    void read_long(const std::string& word)
    {
        const auto equals = word.find('=');
        const auto name = std::string_view{word}.substr(0, equals);
        const auto& option = long_option(name);
        if (equals == std::string::npos) {
            given_.push_back({option.id, value_of(option, option.long_name)});
        } else if (option.metavar.empty()) {
            throw bad_option(option.long_name, "must not have an argument");
        } else {
            given_.push_back({option.id, word.substr(equals + 1)});
        }
    }

    /// "-zv5".
    void read_cluster(const std::string& word)
    {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const auto name = fmt::format("-{}", word[i]);
            const auto& option = short_option(name);
            if (!option.metavar.empty() && i + 1 < word.size()) {
                given_.push_back({option.id, word.substr(i + 1)});
                return;
            }
            given_.push_back({option.id, value_of(option, name)});
        }
    }

    std::string value_of(const Option& option, std::string_view name)
    {
        if (option.metavar.empty()) {
            return {};
        }
        if (words_.empty()) {
            throw bad_option(name, "requires argument");
        }
        return take();
    }

    std::span<const std::string>& words_;
    std::vector<Given> given_;
};

template <class Number>
Number number_from(std::string_view option, std::string_view text, Number least)
{
    Number number{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || number < least) {
        throw UsageError{fmt::format("{} needs a whole number, not {}", option, text)};
    }
    return number;
}

proto::TreeFile file_from(const std::string& word)
{
    proto::TreeFile file;
    file.standard = word == "-";
    if (!file.standard) {
        file.path = word;
    }
    return file;
}

class Reading {
public:
    CommandLine read(std::span<const std::string> words)
    {
        const auto given = WordReader{words}.read();
        // Lists are read with the separator that is in force in the end.
        line_.null_separator = std::ranges::any_of(
            given, [](const Given& one) { return one.id == OptionId::null_separator; });
        for (const auto& one : given) {
            apply(one);
            if (line_.version) {
                return std::move(line_);
            }
        }
        take_positionals(words);
        return std::move(line_);
    }

private:
    void rule(const char* kind, const std::string& value = {})
    {
        line_.rules.push_back({.kind = kind, .value = value, .time = {}});
    }

    void list(const std::string& sign, const std::string& path)
    {
        const auto passing = duplicity::read_passing_list(path);
        if (!passing) {
            line_.rules.push_back({.kind = sign + "-filelist", .value = path, .time = {}});
            return;
        }
        const char separator = line_.null_separator ? '\0' : '\n';
        for (auto& one : duplicity::rules_in(*passing, separator, sign)) {
            line_.rules.push_back(std::move(one));
        }
    }

    void apply(const Given& given)
    {
        switch (given.id) {
        case OptionId::exclude:
            return rule("exclude", given.value);
        case OptionId::exclude_device_files:
            return rule("exclude-device-files");
        case OptionId::exclude_filelist:
        case OptionId::exclude_globbing_filelist:
            return list("exclude", given.value);
        case OptionId::exclude_filelist_stdin:
            return list("exclude", "/dev/stdin");
        case OptionId::exclude_other_filesystems:
            return rule("exclude-other-filesystems");
        case OptionId::exclude_regexp:
            return rule("exclude-regexp", given.value);
        case OptionId::include:
            return rule("include", given.value);
        case OptionId::include_filelist:
        case OptionId::include_globbing_filelist:
            return list("include", given.value);
        case OptionId::include_filelist_stdin:
            return list("include", "/dev/stdin");
        case OptionId::include_regexp:
            return rule("include-regexp", given.value);
        case OptionId::gzip_compress:
            line_.gzip = true;
            return;
        case OptionId::max_blocksize:
            line_.max_blocksize = number_from<std::uint32_t>("--max-blocksize", given.value, 1);
            return;
        case OptionId::verbosity:
            line_.verbosity = number_from<int>("--verbosity", given.value, 0);
            return;
        case OptionId::version:
            line_.version = true;
            return;
        case OptionId::write_sig_to:
            line_.write_sig = file_from(given.value);
            return;
        case OptionId::ignore_errors:   // see its text in the table
        case OptionId::null_separator:  // looked for before
            return;
        }
    }

    void take_positionals(std::span<const std::string> words)
    {
        if (words.empty()) {
            throw UsageError{"No arguments found"};
        }
        const auto command = std::ranges::find(commands(), words.front(), &Command::name);
        if (command == commands().end()) {
            throw UsageError{fmt::format("Bad command {}", words.front())};
        }
        line_.command = command->id;
        words = words.subspan(1);
        const bool is_delta = line_.command == CommandId::delta;
        const std::size_t least = is_delta ? 3 : 2;
        if (words.size() < least) {
            throw UsageError{"Too few arguments"};
        }
        if (words.size() > least && !is_delta) {
            throw UsageError{"Too many arguments"};
        }
        line_.file = file_from(words.back());
        line_.directory = words[words.size() - 2];
        for (const auto& word : words.first(words.size() - 2)) {
            line_.signatures.push_back(file_from(word));
        }
        if (line_.write_sig && !is_delta && line_.command != CommandId::tar) {
            throw UsageError{"--write-sig-to is for delta and tar only"};
        }
    }

    CommandLine line_;
};

}  // namespace

CommandLine parse_command_line(std::span<const std::string> words)
{
    return Reading{}.read(words);
}

}  // namespace duplid::rdiffdir
