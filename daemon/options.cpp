#include "daemon/options.hpp"

#include "proto/reader.hpp"
#include "storage/io/error.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <pwd.h>
#include <string_view>
#include <unistd.h>

namespace duplid::daemon {

namespace {

struct OptionRow {
    std::string_view name;
    std::string_view value;  ///< what the help calls it; empty: takes none
    std::string_view about;
    void (*apply)(Options& options, const std::string& value);
};

int number_of(const std::string& text)
{
    int number = -1;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || number < 0) {
        throw Error{Error::Kind::invalid, "not a descriptor's number: " + text, "--control-fd"};
    }
    return number;
}

constexpr std::array rows{
    OptionRow{
        "--private", "", "serve the one client at the control descriptor, and end with it",
        [](Options& options, const std::string&) { options.instance = proto::Instance::private_; }},
    OptionRow{
        "--control-fd", "N", "the control descriptor of a private instance (3)",
        [](Options& options, const std::string& value) { options.control_fd = number_of(value); }},
    OptionRow{"--lent-streams", "", "standard input and output are the client's, for its requests",
              [](Options& options, const std::string&) { options.lent_streams = true; }},
    OptionRow{
        "--user", "", "serve the user who starts it (the default)",
        [](Options& options, const std::string&) { options.instance = proto::Instance::user; }},
    OptionRow{
        "--system", "", "serve the machine",
        [](Options& options, const std::string&) { options.instance = proto::Instance::system; }},
    OptionRow{"--socket", "PATH", "where to listen",
              [](Options& options, const std::string& value) { options.socket_path = value; }},
    OptionRow{"--group", "GROUP", "with --system: whose members may watch, and start jobs (duplid)",
              [](Options& options, const std::string& value) { options.group = value; }},
    OptionRow{"--config-dir", "DIR", "duplid.json and jobs.d: what is backed up by itself",
              [](Options& options, const std::string& value) { options.config_directory = value; }},
    OptionRow{
        "--state-dir", "DIR", "history and locks",
        [](Options& options, const std::string& value) { options.places.state_directory = value; }},
    OptionRow{
        "--cache-dir", "DIR", "archive directories, unless a request names its own",
        [](Options& options, const std::string& value) { options.places.cache_directory = value; }},
    OptionRow{"--version", "", "print the version",
              [](Options& options, const std::string&) {
                  options.action = Options::Action::show_version;
              }},
    OptionRow{
        "--help", "", "print this",
        [](Options& options, const std::string&) { options.action = Options::Action::show_help; }},
};

const OptionRow& row_named(const std::string& name)
{
    for (const auto& row : rows) {
        if (row.name == name) {
            return row;
        }
    }
    std::array<std::string_view, rows.size()> names;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        names[i] = rows[i].name;
    }
    const auto suggestion = proto::nearest(name, names);
    throw Error{Error::Kind::invalid, "unknown option " + name, name,
                suggestion.empty() ? "see duplid --help"
                                   : "did you mean " + std::string{suggestion} + "?"};
}

/// The XDG base directory specification: a variable that is not absolute is to be ignored.
std::string base_directory(const char* variable, const std::string& below_home)
{
    if (const char* value = std::getenv(variable); value != nullptr && *value == '/') {
        return value;
    }
    if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
        return std::string{home} + below_home;
    }
    const struct passwd* entry = ::getpwuid(::getuid());
    return (entry != nullptr ? std::string{entry->pw_dir} : std::string{"/"}) + below_home;
}

std::string user_socket_path(const std::string& state_directory)
{
    if (const char* runtime = std::getenv("XDG_RUNTIME_DIR");
        runtime != nullptr && *runtime == '/') {
        return std::string{runtime} + "/duplid/control.sock";
    }
    return state_directory + "/run/control.sock";
}

/// architecture.md 1, the table of instances.
void fill_in_places(Options& options)
{
    const bool system = options.instance == proto::Instance::system;
    auto& places = options.places;
    if (places.state_directory.empty()) {
        places.state_directory =
            system ? "/var/lib/duplid"
                   : base_directory("XDG_STATE_HOME", "/.local/state") + "/duplid";
    }
    if (places.cache_directory.empty()) {
        // The user's is duplicity's own: both programs use the same caches in turn.
        places.cache_directory = system
                                     ? "/var/cache/duplid"
                                     : base_directory("XDG_CACHE_HOME", "/.cache") + "/duplicity";
    }
    if (options.socket_path.empty()) {
        options.socket_path =
            system ? "/run/duplid/control.sock" : user_socket_path(places.state_directory);
    }
    if (options.config_directory.empty()) {
        options.config_directory =
            system ? "/etc/duplid" : base_directory("XDG_CONFIG_HOME", "/.config") + "/duplid";
    }
    check_absolute(options.config_directory, "--config-dir");
    check_absolute(places.state_directory, "--state-dir");
    check_absolute(places.cache_directory, "--cache-dir");
    check_absolute(options.socket_path, "--socket");
}

}  // namespace

Options parse_options(std::span<const char* const> arguments)
{
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string argument{arguments[i]};
        const auto equals = argument.find('=');
        const auto& row = row_named(argument.substr(0, equals));
        std::string value;
        if (equals != std::string::npos) {
            value = argument.substr(equals + 1);
        } else if (!row.value.empty() && i + 1 < arguments.size()) {
            value = arguments[++i];
        }
        if (row.value.empty() != value.empty()) {
            throw Error{Error::Kind::invalid,
                        std::string{row.name} +
                            (value.empty() ? " needs a value" : " takes no value"),
                        std::string{row.name}};
        }
        row.apply(options, value);
    }
    if (options.lent_streams && options.instance != proto::Instance::private_) {
        throw Error{Error::Kind::invalid, "--lent-streams is for private instances",
                    "--lent-streams"};
    }
    if (!options.group.empty() && options.instance != proto::Instance::system) {
        throw Error{Error::Kind::invalid, "--group is for the system's instance", "--group"};
    }
    fill_in_places(options);
    return options;
}

std::string help_text()
{
    constexpr std::size_t column = 22;
    std::string text = "duplid: the backup daemon. duplictl is the program to talk to it.\n\n"
                       "usage: duplid [options]\n\n";
    for (const auto& row : rows) {
        std::string left = "  " + std::string{row.name};
        if (!row.value.empty()) {
            left += " " + std::string{row.value};
        }
        left.resize(std::max(left.size() + 1, column), ' ');
        text += left + std::string{row.about} + "\n";
    }
    return text;
}

}  // namespace duplid::daemon
