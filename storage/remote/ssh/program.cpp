#include "storage/remote/ssh/program.hpp"

#include "storage/io/text.hpp"
#include "storage/remote/command/child.hpp"
#include "storage/remote/ssh/askpass.hpp"
#include "storage/remote/ssh/host_key.hpp"
#include "storage/remote/ssh/waiter.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <poll.h>
#include <sys/auxv.h>
#include <unistd.h>

namespace duplid::ssh {

namespace {

// What ssh itself ends with when it fails (ssh(1), "EXIT STATUS").
constexpr int status_of_ssh = 255;
constexpr std::size_t words_max = 2000;

constexpr std::array<std::string_view, 14> variables_for_ssh{
    "DISPLAY",         "HOME",           "KRB5CCNAME",    "KRB5_CONFIG",     "LANG",   "LC_ALL",
    "LOGNAME",         "PATH",           "SSH_AUTH_SOCK", "SSH_SK_PROVIDER", "TMPDIR", "USER",
    "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"};

constexpr std::array<std::string_view, 6> prefixes_of_verbosity{
    "debug1:", "debug2:", "debug3:", "OpenSSH_", "Authenticated to ", "Authenticated using "};
constexpr std::array<std::string_view, 2> prefixes_of_statistics{"Transferred: ",
                                                                 "Bytes per second: "};

// Both are among ssh's usual ones, behind ChaCha20-Poly1305, which costs several times as much
// where the processor has AES; a server that has neither gets the next.
constexpr const char* quick_ciphers = "-oCiphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com";

bool is_aes_quick() noexcept
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
    return (::getauxval(AT_HWCAP) & HWCAP_AES) != 0 && (::getauxval(AT_HWCAP) & HWCAP_PMULL) != 0;
#else
    return false;
#endif
}

bool has(std::string_view text, std::string_view words)
{
    return text.find(words) != std::string_view::npos;
}

bool is_verbosity(std::string_view line)
{
    const auto begins = [&](std::string_view prefix) { return line.starts_with(prefix); };
    return std::ranges::any_of(prefixes_of_verbosity, begins) ||
           std::ranges::any_of(prefixes_of_statistics, begins);
}

// "debug1: Server host key: ssh-ed25519 SHA256:…": of the last server that was asked, which is the
// one that failed.
std::pair<std::string, std::string> server_key_in(std::string_view text)
{
    constexpr std::string_view mark = "Server host key: ";
    const auto at = text.rfind(mark);
    if (at == std::string_view::npos) {
        return {"?", "?"};
    }
    auto rest = text.substr(at + mark.size());
    rest = rest.substr(0, rest.find_first_of("\r\n"));
    const auto blank = std::min(rest.find(' '), rest.size());
    return {io::printable(rest.substr(0, blank)),
            io::printable(rest.substr(std::min(blank + 1, rest.size())))};
}

// "Offending ED25519 key in /home/me/.ssh/known_hosts:3"
std::string place_in(std::string_view text)
{
    const auto line = text.find("Offending ");
    const auto mark = line == std::string_view::npos ? line : text.find(" in ", line);
    if (mark == std::string_view::npos) {
        return "a file of known hosts";
    }
    const auto rest = text.substr(mark + 4);
    return io::printable(rest.substr(0, rest.find_first_of("\r\n")));
}

}  // namespace

std::string essential_words(std::string_view text)
{
    std::string words;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.substr(0, line.find_last_not_of("\r ") + 1);
        if (!line.empty() && !is_verbosity(line)) {
            words += (words.empty() ? "" : "; ") + io::printable(line);
        }
    }
    if (words.size() > words_max) {
        words.erase(0, words.size() - words_max);
    }
    return words;
}

Error error_from_words(const Settings& settings, std::string_view text)
{
    const auto words = essential_words(text);
    const auto server = settings.server();
    const auto [type, print] = server_key_in(text);
    if (has(text, "IDENTIFICATION HAS CHANGED")) {
        return changed_key(settings, type, print, place_in(text));
    }
    if (has(words, "Host key verification failed")) {
        return unknown_key(settings, type, print);
    }
    const auto said = fmt::format("ssh to {}: {}", server, words);
    if (has(words, "Permission denied") || has(words, "Too many authentication failures")) {
        return {Error::Kind::denied, said, server,
                "look at the user's name, at the agent and at --ssh-options=-oIdentityFile=..."};
    }
    if (has(words, "onfiguration option") || has(words, "Bad owner or permissions") ||
        has(words, "unknown option") || has(words, "command-line line")) {
        return {Error::Kind::invalid, said, server, "look at --ssh-options and ssh_config"};
    }
    return {Error::Kind::unreachable,
            words.empty() ? fmt::format("{} ended the connection", server) : said, server};
}

std::vector<std::string> ssh_environment(const remote::RemoteOptions& options)
{
    return options.variables.only(variables_for_ssh);
}

std::vector<std::string> ssh_words(const Settings& settings, const remote::RemoteOptions& options)
{
    const auto timeout = options.timeout.count();
    // Verbose, since it tells a server's fingerprint in no other way without somebody to ask. What
    // the caller said comes first, as ssh takes the first word on each matter.
    std::vector<std::string> words{"ssh", "-v"};
    words.insert(words.end(), settings.words.begin(), settings.words.end());
    for (const auto* option : {"ForwardX11=no", "ForwardAgent=no", "PermitLocalCommand=no",
                               "ClearAllForwardings=yes", "RequestTTY=no"}) {
        words.push_back(fmt::format("-o{}", option));
    }
    words.push_back(
        fmt::format("-oServerAliveInterval={}", std::max<std::int64_t>(timeout / 2, 1)));
    words.emplace_back("-oServerAliveCountMax=2");
    words.push_back(fmt::format("-oConnectTimeout={}", std::max<std::int64_t>(timeout, 1)));
    if (!settings.are_ciphers_chosen && is_aes_quick()) {
        words.emplace_back(quick_ciphers);
    }
    words.emplace_back(settings.password.is_set() ? "-oNumberOfPasswordPrompts=1"
                                                  : "-oBatchMode=yes");
    if (settings.url_port) {
        words.push_back(fmt::format("-oPort={}", *settings.url_port));
    }
    if (settings.url_user) {
        words.push_back(fmt::format("-oUser={}", *settings.url_user));
    }
    if (settings.is_home_foreign) {
        // ssh looks at the home of the account it runs as, whatever HOME says.
        const auto own = settings.home + "/.ssh";
        if (!settings.is_config_chosen && ::access((own + "/config").c_str(), R_OK) == 0) {
            words.insert(words.end(), {"-F", own + "/config"});
        }
        if (!settings.are_known_hosts_chosen) {
            words.push_back(fmt::format("-oUserKnownHostsFile=\"{}/known_hosts\"", own));
        }
        if (!settings.are_identities_chosen) {
            for (const auto& path : settings.identity_files) {
                words.push_back(fmt::format("-oIdentityFile=\"{}\"", path));
            }
        }
    }
    return words;
}

namespace {

class ProgramStream final : public Stream {
public:
    ProgramStream(const Settings& settings, const remote::RemoteOptions& options,
                  const std::vector<std::string>& tail)
        : settings_{settings}, waiter_{options.stop, options.timeout, settings.server()},
          askpass_{settings.password.is_set()
                       ? std::make_unique<Askpass>(settings.password, settings.url_host,
                                                   options.temp_directory)
                       : nullptr},
          child_{command_for(settings, options, askpass_.get(), tail)}, patience_{options.timeout}
    {
    }

    std::size_t try_write(io::ByteView bytes) override
    {
        const auto done = ::write(child_.input().get(), bytes.data(), bytes.size());
        if (done >= 0) {
            return static_cast<std::size_t>(done);
        }
        if (command::has_gone(errno)) {
            fail_ended();
        }
        if (errno != EAGAIN && errno != EINTR) {
            throw system_error(errno, "writing to ssh", settings_.server());
        }
        return 0;
    }

    std::optional<std::size_t> try_read(io::ByteSpan into) override
    {
        const auto got = ::read(child_.output().get(), into.data(), into.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EAGAIN && errno != EINTR) {
            throw system_error(errno, "reading from ssh", settings_.server());
        }
        return std::nullopt;
    }

    bool try_end() override
    {
        child_.close_input();
        return true;
    }

    void wait(bool to_write) override
    {
        const std::array fds{pollfd{to_write ? child_.input().get() : -1, POLLOUT, 0},
                             pollfd{child_.output().get(), POLLIN, 0},
                             pollfd{child_.errors().get(), POLLIN, 0}};
        waiter_.wait(fds);
        child_.drain_errors();
    }

    void be_patient(int times) override { waiter_.be_patient(times); }

    bool is_dead() override
    {
        pollfd output{child_.output().get(), POLLIN, 0};
        return ::poll(&output, 1, 0) > 0 && (output.revents & (POLLHUP | POLLERR)) != 0;
    }

    std::optional<int> exit_status() override
    {
        const int status = child_.wait(std::chrono::milliseconds{patience_});
        return status == status_of_ssh || status > 128 ? std::nullopt : std::optional{status};
    }

    std::string error_text() override
    {
        child_.drain_errors();
        return essential_words(child_.error_text());
    }

    [[noreturn]] void fail_ended() override
    {
        child_.wait(std::chrono::milliseconds{patience_});
        const auto& text = child_.error_text();
        if (has(text, "subsystem request failed")) {
            throw NoSftp{Error::Kind::invalid, settings_.server() + " has no sftp server",
                         settings_.server(), "write scp:// to use its shell instead"};
        }
        throw error_from_words(settings_, text);
    }

private:
    static command::Command command_for(const Settings& settings,
                                        const remote::RemoteOptions& options,
                                        const Askpass* askpass,
                                        const std::vector<std::string>& tail)
    {
        command::Command command;
        command.words = ssh_words(settings, options);
        command.words.insert(command.words.end(), tail.begin(), tail.end());
        command.environment = ssh_environment(options);
        command.path = options.variables.text("PATH");
        command.stop = options.stop;
        command.over_sockets = true;
        if (askpass != nullptr) {
            command.environment.push_back("SSH_ASKPASS=" + askpass->program());
            command.environment.emplace_back("SSH_ASKPASS_REQUIRE=force");
        }
        return command;
    }

    const Settings& settings_;
    Waiter waiter_;
    std::unique_ptr<Askpass> askpass_;
    command::Child child_;
    std::chrono::seconds patience_;
};

}  // namespace

std::unique_ptr<Stream> start_sftp(const Settings& settings, const remote::RemoteOptions& options)
{
    return std::make_unique<ProgramStream>(
        settings, options, std::vector<std::string>{"-s", "--", settings.url_host, "sftp"});
}

std::unique_ptr<Stream> start_command(const Settings& settings,
                                      const remote::RemoteOptions& options,
                                      const std::string& command)
{
    return std::make_unique<ProgramStream>(
        settings, options, std::vector<std::string>{"--", settings.url_host, command});
}

}  // namespace duplid::ssh
