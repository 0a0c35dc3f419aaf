#include "engine/codec/gpg_options.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <dirent.h>
#include <memory>

namespace duplid::codec {

namespace {

constexpr std::string_view white_space = " \t\n\v\f\r";
constexpr std::size_t configuration_bytes_max = std::size_t{1} << 20U;

/// gpg(1). Long options may be cut to what makes them unique; the last column is the shortest form
/// that can still mean this option.
struct LongOption {
    std::string_view name;
    std::string_view shortest;
};

constexpr std::array packing_options{
    LongOption{"compress-algo", "compress-a"},
    LongOption{"compression-algo", "compressi"},
    LongOption{"compress-level", "compress-l"},
    LongOption{"bzip2-compress-level", "bzip2-c"},
    LongOption{"personal-compress-preferences", "personal-co"},
    LongOption{"personal-compress-prefs", "personal-co"},
};

constexpr std::array counting_options{
    LongOption{"s2k-count", "s2k-co"},
};

constexpr std::array refused_options{
    LongOption{"passphrase", "passphrase"},
    LongOption{"passphrase-fd", "passphrase-fd"},
    LongOption{"command-fd", "command-fd"},
    LongOption{"command-file", "command-file"},
    LongOption{"status-fd", "status-fd"},
    LongOption{"status-file", "status-file"},
    LongOption{"output", "ou"},
    LongOption{"textmode", "te"},
};

/// `name` without its dashes and without a value.
bool can_mean(std::string_view name, const LongOption& option)
{
    return name.size() >= option.shortest.size() && option.name.starts_with(name);
}

bool is_any_of(std::string_view name, std::span<const LongOption> options)
{
    return std::any_of(options.begin(), options.end(),
                       [&](const auto& option) { return can_mean(name, option); });
}

/// The name of a long option, without its dashes and its value; empty for other words.
std::string_view long_name(std::string_view word)
{
    return word.starts_with("--") ? word.substr(2, word.find('=') - 2) : std::string_view{};
}

/// "-z6", also behind others as in "-vz6".
bool has_short_option(std::string_view word, char letter)
{
    return word.size() > 1 && word[0] == '-' && word[1] != '-' &&
           word.find(letter, 1) != std::string_view::npos;
}

bool names_any_of(std::string_view text, std::span<const LongOption> options)
{
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto begin = line.find_first_not_of(white_space);
        if (begin == std::string_view::npos || line[begin] == '#') {
            continue;
        }
        line.remove_prefix(begin);
        if (line.starts_with("--")) {
            line.remove_prefix(2);
        }
        if (is_any_of(line.substr(0, line.find_first_of(white_space)), options)) {
            return true;
        }
    }
    return false;
}

std::string home_of(const OpenPgpSettings& settings)
{
    if (!settings.home.empty()) {
        return settings.home;
    }
    if (const char* home = std::getenv("GNUPGHOME")) {  // NOLINT(concurrency-mt-unsafe): never set
        return home;
    }
    const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): never set here
    return home == nullptr ? std::string{} : std::string{home} + "/.gnupg";
}

/// Whether a gpg.conf of gpg's home does.
bool configuration_names_any_of(const OpenPgpSettings& settings,
                                std::span<const LongOption> options)
{
    // gpg takes the first there is of gpg.conf-2.2.40, gpg.conf-2.2, gpg.conf-2 and gpg.conf.
    const auto home = home_of(settings);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{::opendir(home.c_str()), &::closedir};
    if (!directory) {
        return false;  // whatever is wrong there, gpg says it better
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of its own
    while (const auto* entry = ::readdir(directory.get())) {
        const std::string name{static_cast<const char*>(entry->d_name)};
        if (name != "gpg.conf" && !name.starts_with("gpg.conf-2")) {
            continue;
        }
        auto path = home + "/";
        try {
            const auto content = io::read_file(path.append(name), configuration_bytes_max);
            if (names_any_of(io::text_of(content), options)) {
                return true;
            }
        } catch (const Error&) {
            continue;  // as above
        }
    }
    return false;
}

}  // namespace

std::vector<std::string> split_gpg_options(std::string_view text)
{
    std::vector<std::string> words;
    for (;;) {
        const auto begin = text.find_first_not_of(white_space);
        if (begin == std::string_view::npos) {
            return words;
        }
        text.remove_prefix(begin);
        words.emplace_back(text.substr(0, text.find_first_of(white_space)));
        text.remove_prefix(words.back().size());
    }
}

void check_gpg_options(std::span<const std::string> options)
{
    for (const auto& word : options) {
        const auto name = long_name(word);
        if (name == "passphrase") {
            throw Error{Error::Kind::invalid, "a passphrase among the options for gpg",
                        "--passphrase",
                        "every user of this machine could read it there; set PASSPHRASE instead"};
        }
        const bool refused = !name.empty() && is_any_of(name, refused_options);
        if (refused || word.starts_with("-o") || word == "-t") {
            throw Error{Error::Kind::invalid, "an option that gpg cannot be given here",
                        std::string{refused ? name : word.substr(0, 2)},
                        "what gpg reads and writes, and that it is no text, is settled"};
        }
        if (word.find('\0') != std::string::npos) {
            throw Error{Error::Kind::invalid, "a NUL byte among the options for gpg"};
        }
    }
}

bool wants_gpg_to_pack(const OpenPgpSettings& settings)
{
    for (const auto& word : settings.gpg_options) {
        const auto name = long_name(word);
        if ((!name.empty() && is_any_of(name, packing_options)) || has_short_option(word, 'z')) {
            return true;
        }
    }
    return configuration_names_any_of(settings, packing_options);
}

bool sets_count(const OpenPgpSettings& settings)
{
    const bool is_option = std::ranges::any_of(settings.gpg_options, [](const auto& word) {
        const auto name = long_name(word);
        return !name.empty() && is_any_of(name, counting_options);
    });
    return is_option || configuration_names_any_of(settings, counting_options);
}

}  // namespace duplid::codec
