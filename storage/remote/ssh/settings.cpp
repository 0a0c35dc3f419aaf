#include "storage/remote/ssh/settings.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/command/child.hpp"
#include "storage/remote/ssh/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <glob.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace duplid::ssh {

namespace {

constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;
constexpr const char* system_directory = "/etc/ssh";
constexpr const char* system_file = "/etc/ssh/ssh_config";
constexpr const char* system_known_hosts = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2";
constexpr const char* usual_known_hosts = "~/.ssh/known_hosts ~/.ssh/known_hosts2";
constexpr std::array usual_identities{"~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"};

std::optional<std::string> read_text(const std::string& path)
{
    const auto bytes = io::read_file_if_there(path, file_bytes_max);
    return bytes ? std::optional{std::string{io::text_of(*bytes)}} : std::nullopt;
}

std::vector<std::string> find_files(const std::string& pattern)
{
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    return paths;
}

struct Account {
    std::string name;
    std::string home;
};

Account own_account()
{
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(std::size_t{64} << 10U);
    if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr) {
        return {};
    }
    return {found->pw_name, found->pw_dir};
}

std::uint64_t number_of(const std::string& text, std::string_view option, std::uint64_t max)
{
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [after, problem] = std::from_chars(text.data(), end, number);
    if (problem != std::errc{} || after != end || number > max) {
        throw Error{Error::Kind::invalid, fmt::format("{} {}: no such number", option, text), text};
    }
    return number;
}

bool is_yes(const std::optional<std::string>& value, bool otherwise)
{
    return value ? *value == "yes" || *value == "true" : otherwise;
}

// Tokens of ssh_config(5): those whose meaning is known here.
class Tokens {
public:
    Tokens(const Settings& settings, std::string local_user)
        : settings_{settings}, local_user_{std::move(local_user)}
    {
    }

    [[nodiscard]] std::string expand(const std::string& text) const
    {
        std::string result;
        std::size_t at = 0;
        if (text.starts_with("~/")) {
            result = settings_.home;
            at = 1;
        }
        for (; at < text.size(); ++at) {
            if (text[at] != '%' || at + 1 == text.size()) {
                result += text[at];
                continue;
            }
            switch (text[++at]) {
            case '%':
                result += '%';
                break;
            case 'd':
                result += settings_.home;
                break;
            case 'h':
                result += settings_.host;
                break;
            case 'n':
                result += settings_.url_host;
                break;
            case 'p':
                result += std::to_string(settings_.port);
                break;
            case 'r':
                result += settings_.user;
                break;
            case 'u':
                result += local_user_;
                break;
            default:
                throw Error{Error::Kind::invalid,
                            fmt::format("\"%{}\" in {} is not understood", text[at], text), text};
            }
        }
        return result;
    }

private:
    const Settings& settings_;
    std::string local_user_;
};

Config read_config(Settings& settings)
{
    Config config;
    const auto file = apply_words(config, settings.words);
    settings.is_config_chosen = file.has_value();
    if (file && *file == "none") {
        return config;
    }
    const ConfigSources sources{settings.url_host, read_text, find_files, settings.home};
    const auto own = settings.home.empty() ? std::string{} : settings.home + "/.ssh";
    const auto apply = [&](const std::string& path, const std::string& directory) {
        const auto text = read_text(path);
        if (text) {
            apply_file(config, sources, *text, path, directory);
        }
        return text.has_value();
    };
    if (file) {
        if (!apply(*file, own)) {
            throw Error{Error::Kind::not_found, "--ssh-options: there is no file " + *file, *file};
        }
        return config;
    }
    if (!own.empty()) {
        apply(own + "/config", own);
    }
    apply(system_file, system_directory);
    return config;
}

StrictHostKeys strictness(const std::optional<std::string>& value)
{
    if (value && (*value == "no" || *value == "off")) {
        return StrictHostKeys::accept_any;
    }
    // "ask" is a refusal here: there is nobody to ask.
    return value && *value == "accept-new" ? StrictHostKeys::accept_new : StrictHostKeys::refuse;
}

void settle_identities(Settings& settings, const Config& config, const Tokens& tokens)
{
    settings.are_identities_chosen = !config.identity_files.empty();
    std::vector<std::string> names = config.identity_files;
    if (names.empty()) {
        names.assign(usual_identities.begin(), usual_identities.end());
    }
    for (const auto& name : names) {
        if (name != "none") {
            settings.identity_files.push_back(tokens.expand(name));
        }
    }
}

std::string agent_of(const Settings& settings, const Config& config, const Tokens& tokens,
                     const remote::RemoteOptions& options)
{
    const auto usual = options.variables.text("SSH_AUTH_SOCK");
    const auto named = config.identity_agent.value_or("SSH_AUTH_SOCK");
    if (named == "none" || !settings.may_use_keys) {
        return {};
    }
    if (named == "SSH_AUTH_SOCK") {
        return usual;
    }
    return named.starts_with('$') ? options.variables.text(named.substr(1)) : tokens.expand(named);
}

void settle_protocol(Settings& settings, std::string_view scheme, bool use_scp)
{
    if (scheme.starts_with("paramiko+")) {
        settings.engine = Engine::own;
    } else if (scheme.starts_with("pexpect+")) {
        settings.engine = Engine::program;
    }
    if (scheme.ends_with("fish")) {
        settings.protocol = Protocol::shell;
    } else if (use_scp || scheme.ends_with("scp")) {
        settings.protocol = Protocol::sftp_or_shell;
    }
}

std::string shown_url(const remote::Url& url)
{
    const bool is_v6 = url.host->find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}{}", url.scheme, url.user ? *url.user + '@' : "",
                       is_v6 ? '[' + *url.host + ']' : *url.host,
                       url.port ? fmt::format(":{}", *url.port) : "", url.path);
}

void settle_config(Settings& settings, const Config& config, const remote::RemoteOptions& options,
                   const Account& account)
{
    settings.host = settings.url_host;
    settings.port = settings.url_port.value_or(
        static_cast<std::uint16_t>(config.port ? number_of(*config.port, "Port", UINT16_MAX) : 22));
    settings.user = settings.url_user.value_or(config.user.value_or(account.name));
    const Tokens tokens{settings, account.name};
    if (config.host_name) {
        settings.host = tokens.expand(*config.host_name);
    }
    settings.known_as = config.host_key_alias.value_or(settings.host);
    settings.known_port = config.host_key_alias ? std::uint16_t{22} : settings.port;
    std::ranges::transform(settings.known_as, settings.known_as.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    settle_identities(settings, config, tokens);
    settings.only_identity_files = is_yes(config.identities_only, false);
    settings.may_use_keys = is_yes(config.key_authentication, true);
    settings.may_use_password = is_yes(config.password_authentication, true);
    settings.agent = agent_of(settings, config, tokens, options);
    settings.are_known_hosts_chosen = config.user_known_hosts.has_value();
    for (const auto& list : {config.user_known_hosts.value_or(usual_known_hosts),
                             config.global_known_hosts.value_or(system_known_hosts)}) {
        for (const auto& name : command::split_words(list)) {
            if (name != "none") {
                settings.known_hosts_files.push_back(tokens.expand(name));
            }
        }
    }
    settings.strict = strictness(config.strict_host_keys);
    settings.hash_known_hosts = is_yes(config.hash_known_hosts, false);
    settings.compress = is_yes(config.compression, false);
    settings.may_use_kerberos = is_yes(config.gssapi, false);
    settings.address_family = !config.address_family              ? AF_UNSPEC
                              : *config.address_family == "inet"  ? AF_INET
                              : *config.address_family == "inet6" ? AF_INET6
                                                                  : AF_UNSPEC;
    const auto longest = std::uint64_t{1} << 30U;
    settings.connect_timeout =
        config.connect_timeout
            ? std::chrono::seconds{number_of(*config.connect_timeout, "ConnectTimeout", longest)}
            : options.timeout;
    settings.alive_interval = config.alive_interval
                                  ? std::chrono::seconds{number_of(*config.alive_interval,
                                                                   "ServerAliveInterval", longest)}
                                  : std::max(options.timeout / 2, std::chrono::seconds{1});
    settings.are_ciphers_chosen = config.are_ciphers_chosen;
    settings.beyond_us = config.beyond_us;
}

}  // namespace

std::string Settings::server() const
{
    return port == 22 ? host : fmt::format("{}:{}", host, port);
}

Settings settle(const remote::Url& url, const remote::RemoteOptions& options)
{
    Settings settings;
    settle_protocol(settings, url.scheme, options.ssh.use_scp);
    settings.url_host = *url.host;
    settings.url_user = url.user;
    settings.url_port = url.port;
    settings.shown = shown_url(url);
    // "/x" is relative to the login directory, "//x" is absolute (backends.md 1.2).
    settings.directory = url.path.empty() ? std::string{} : url.path.substr(1);
    while (settings.directory.size() > 1 && settings.directory.ends_with('/')) {
        settings.directory.pop_back();
    }
    if (settings.directory.empty()) {
        settings.directory = ".";
    }
    settings.password =
        url.password.is_set() ? url.password : options.variables.secret("FTP_PASSWORD");
    settings.words = command::split_words(options.ssh.options);

    const auto account = own_account();
    const auto home = options.variables.text("HOME");
    settings.home = home.empty() ? account.home : home;
    settings.is_home_foreign = settings.home != account.home;
    try {
        settle_config(settings, read_config(settings), options, account);
    } catch (const Error& error) {
        // The program reads all of it by itself, and understands more.
        if (settings.engine == Engine::own || error.kind() != Error::Kind::invalid) {
            throw;
        }
        settings.beyond_us = error.what();
        settings.are_ciphers_chosen = true;
    }
    if (settings.beyond_us && settings.engine == Engine::own) {
        throw Error{
            Error::Kind::invalid,
            fmt::format("{}: {} needs the ssh program", settings.shown, *settings.beyond_us),
            settings.shown, "write pexpect+sftp:// instead of paramiko+sftp://"};
    }
    return settings;
}

}  // namespace duplid::ssh
