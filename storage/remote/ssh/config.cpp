#include "storage/remote/ssh/config.hpp"

#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace duplid::ssh {

namespace {

constexpr int depth_max = 16;

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text)
{
    std::string result{text};
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

// Options whose first value counts, by their names in lower case.
struct Honoured {
    std::string_view name;
    std::optional<std::string> Config::*member;
};

constexpr std::array honoured{
    Honoured{"addressfamily", &Config::address_family},
    Honoured{"batchmode", &Config::batch_mode},
    Honoured{"compression", &Config::compression},
    Honoured{"connecttimeout", &Config::connect_timeout},
    Honoured{"globalknownhostsfile", &Config::global_known_hosts},
    Honoured{"gssapiauthentication", &Config::gssapi},
    Honoured{"hashknownhosts", &Config::hash_known_hosts},
    Honoured{"hostkeyalias", &Config::host_key_alias},
    Honoured{"hostname", &Config::host_name},
    Honoured{"identitiesonly", &Config::identities_only},
    Honoured{"identityagent", &Config::identity_agent},
    Honoured{"passwordauthentication", &Config::password_authentication},
    Honoured{"port", &Config::port},
    Honoured{"pubkeyauthentication", &Config::key_authentication},
    Honoured{"serveraliveinterval", &Config::alive_interval},
    Honoured{"stricthostkeychecking", &Config::strict_host_keys},
    Honoured{"user", &Config::user},
    Honoured{"userknownhostsfile", &Config::user_known_hosts},
};

// Options that change nothing in a connection that only carries files and asks nobody.
constexpr std::array<std::string_view, 46> without_effect{"addkeystoagent",
                                                          "checkhostip",
                                                          "clearallforwardings",
                                                          "connectionattempts",
                                                          "controlmaster",
                                                          "controlpath",
                                                          "controlpersist",
                                                          "dynamicforward",
                                                          "enableescapecommandline",
                                                          "escapechar",
                                                          "exitonforwardfailure",
                                                          "fingerprinthash",
                                                          "forkafterauthentication",
                                                          "forwardagent",
                                                          "forwardx11",
                                                          "forwardx11timeout",
                                                          "forwardx11trusted",
                                                          "gssapidelegatecredentials",
                                                          "ignoreunknown",
                                                          "ipqos",
                                                          "kbdinteractiveauthentication",
                                                          "kbdinteractivedevices",
                                                          "localcommand",
                                                          "localforward",
                                                          "loglevel",
                                                          "logverbose",
                                                          "numberofpasswordprompts",
                                                          "permitlocalcommand",
                                                          "permitremoteopen",
                                                          "remotecommand",
                                                          "remoteforward",
                                                          "requesttty",
                                                          "sendenv",
                                                          "serveralivecountmax",
                                                          "sessiontype",
                                                          "setenv",
                                                          "stdinnull",
                                                          "streamlocalbindmask",
                                                          "streamlocalbindunlink",
                                                          "syslogfacility",
                                                          "tcpkeepalive",
                                                          "tunnel",
                                                          "tunneldevice",
                                                          "updatehostkeys",
                                                          "visualhostkey",
                                                          "xauthlocation"};
static_assert(std::ranges::is_sorted(without_effect));

// "none" and "no" of what else only the program can do.
bool is_off(std::string_view name, std::string_view value)
{
    constexpr std::array<std::string_view, 6> switchable{"hostbasedauthentication",
                                                         "nohostauthenticationforlocalhost",
                                                         "proxycommand",
                                                         "proxyjump",
                                                         "proxyusefdpass",
                                                         "verifyhostkeydns"};
    const auto word = lowered(value);
    return (word == "no" || word == "none" || word == "false") &&
           std::ranges::find(switchable, name) != switchable.end();
}

// The words of a line: blanks part them, double quotes keep them together, '=' may stand behind
// the first.
std::vector<std::string> words_of(std::string_view line)
{
    std::vector<std::string> words;
    std::size_t at = 0;
    const auto skip = [&](std::string_view set) {
        at = std::min(line.find_first_not_of(set, at), line.size());
    };
    skip(" \t\r\f");
    while (at < line.size() && (line[at] != '#')) {
        std::size_t end = 0;
        if (line[at] == '"') {
            end = line.find('"', ++at);
            if (end == std::string_view::npos) {
                throw Error{Error::Kind::invalid, "a quote is not closed"};
            }
            words.emplace_back(line.substr(at, end - at));
            at = end + 1;
        } else {
            end = std::min(line.find_first_of(words.empty() ? " \t\r\f=" : " \t\r\f", at),
                           line.size());
            words.emplace_back(line.substr(at, end - at));
            at = end;
        }
        if (words.size() == 1) {
            skip(" \t\r\f");
            at += at < line.size() && line[at] == '=' ? 1 : 0;
        }
        skip(" \t\r\f");
    }
    return words;
}

bool matches_pattern(std::string_view host, std::string_view pattern)
{
    // Where the last '*' stood, and what it is taken to stand for so far.
    std::size_t star = std::string_view::npos;
    std::size_t star_host = 0;
    std::size_t h = 0;
    std::size_t p = 0;
    while (h < host.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_host = h;
        } else if (p < pattern.size() &&
                   (pattern[p] == '?' || lower(pattern[p]) == lower(host[h]))) {
            ++p;
            ++h;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            h = ++star_host;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void say_beyond(Config& config, std::string_view what, std::string_view from)
{
    if (!config.beyond_us) {
        config.beyond_us = fmt::format("{} in {}", what, from);
    }
}

std::string joined(const std::vector<std::string>& words, std::size_t first)
{
    std::string text;
    for (std::size_t number = first; number < words.size(); ++number) {
        text += (number > first ? " " : "") + words[number];
    }
    return text;
}

}  // namespace

bool matches_patterns(std::string_view host, const std::vector<std::string>& patterns)
{
    bool matches = false;
    for (const auto& pattern : patterns) {
        if (pattern.starts_with('!')) {
            if (matches_pattern(host, std::string_view{pattern}.substr(1))) {
                return false;
            }
        } else {
            matches = matches || matches_pattern(host, pattern);
        }
    }
    return matches;
}

void apply_option(Config& config, std::string_view name, std::string_view value,
                  std::string_view from)
{
    const auto key = lowered(name);
    if (value.empty()) {
        throw Error{Error::Kind::invalid,
                    fmt::format("{}: option {} has no value", from, io::printable(name)),
                    std::string{from}};
    }
    if (key == "identityfile") {
        config.identity_files.emplace_back(value);
        return;
    }
    const auto* const found =
        std::ranges::find_if(honoured, [&](const Honoured& one) { return one.name == key; });
    if (found != honoured.end()) {
        auto& member = config.*(found->member);
        member = member ? member : std::optional<std::string>{value};
        return;
    }
    config.are_ciphers_chosen = config.are_ciphers_chosen || key == "ciphers";
    if (!std::ranges::binary_search(without_effect, std::string_view{key}) && !is_off(key, value)) {
        say_beyond(config, io::printable(name), from);
    }
}

namespace {

void include(Config& config, const ConfigSources& sources, const std::vector<std::string>& words,
             const std::string& directory, int depth)
{
    for (std::size_t number = 1; number < words.size(); ++number) {
        auto pattern = words[number];
        if (pattern.starts_with("~/")) {
            pattern = sources.home + pattern.substr(1);
        } else if (!pattern.starts_with('/')) {
            pattern = directory + '/' + pattern;
        }
        for (const auto& path : sources.find(pattern)) {
            if (const auto text = sources.read(path)) {
                apply_file(config, sources, *text, path, directory, depth + 1);
            }
        }
    }
}

}  // namespace

void apply_file(Config& config, const ConfigSources& sources, std::string_view text,
                const std::string& path, const std::string& directory, int depth)
{
    if (depth > depth_max) {
        throw Error{Error::Kind::invalid, path + ": files include each other without end", path};
    }
    bool concerns_us = true;
    std::size_t line_number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++line_number;
        const auto where = fmt::format("{}:{}", path, line_number);
        try {
            const auto words = words_of(line);
            if (words.empty()) {
                continue;
            }
            const auto key = lowered(words.front());
            if (key == "host") {
                concerns_us = matches_patterns(sources.host, {words.begin() + 1, words.end()});
            } else if (key == "match") {
                concerns_us = words.size() == 2 && lowered(words[1]) == "all";
                if (!concerns_us) {
                    // Whether it concerns us depends on more than is known here.
                    say_beyond(config, "Match", where);
                    config.are_ciphers_chosen = true;
                }
            } else if (key == "include") {
                if (concerns_us) {
                    include(config, sources, words, directory, depth);
                }
            } else if (concerns_us) {
                apply_option(config, words.front(), joined(words, 1), where);
            }
        } catch (const Error& error) {
            throw error.object().empty()
                ? Error{error.kind(), fmt::format("{}: {}", where, error.what()), path}
                : error;
        }
    }
}

std::optional<std::string> apply_words(Config& config, const std::vector<std::string>& words)
{
    constexpr std::string_view from = "--ssh-options";
    std::optional<std::string> file;
    for (std::size_t number = 0; number < words.size(); ++number) {
        const auto& word = words[number];
        if (word.size() < 2 || word.front() != '-') {
            throw Error{
                Error::Kind::invalid,
                fmt::format("--ssh-options: \"{}\" is no option of ssh", io::printable(word)),
                io::printable(word)};
        }
        const char letter = word[1];
        if (std::string_view{"oipFl"}.find(letter) == std::string_view::npos) {
            for (const char one : std::string_view{word}.substr(1)) {
                if (one == 'C') {
                    apply_option(config, "Compression", "yes", from);
                } else if (one == '4' || one == '6') {
                    apply_option(config, "AddressFamily", one == '4' ? "inet" : "inet6", from);
                } else if (std::string_view{"aqvxTnkKAXY"}.find(one) == std::string_view::npos) {
                    say_beyond(config, word, from);
                    config.are_ciphers_chosen = true;
                    return file;  // it may take the next word
                }
            }
            continue;
        }
        auto value = word.substr(2);
        if (value.empty()) {
            if (++number == words.size()) {
                throw Error{Error::Kind::invalid,
                            fmt::format("--ssh-options: {} has no value", word), word};
            }
            value = words[number];
        }
        if (letter == 'o') {
            const auto parts = words_of(value);
            if (parts.empty()) {
                throw Error{Error::Kind::invalid, "--ssh-options: -o has no option", value};
            }
            apply_option(config, parts.front(), joined(parts, 1), from);
        } else if (letter == 'i') {
            config.identity_files.push_back(value);
        } else if (letter == 'p') {
            apply_option(config, "Port", value, from);
        } else if (letter == 'l') {
            apply_option(config, "User", value, from);
        } else {
            file = file ? file : std::optional{value};
        }
    }
    return file;
}

}  // namespace duplid::ssh
