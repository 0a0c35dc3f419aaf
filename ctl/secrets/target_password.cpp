#include "ctl/secrets/target_password.hpp"

#include "ctl/process/terminal.hpp"
#include "proto/target_variables.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::ctl {

namespace {

using proto::TargetKind;

constexpr const char* common_variable = "FTP_PASSWORD";
constexpr const char* imap_variable = "IMAP_PASSWORD";

struct Login {
    std::string_view user;
    std::string_view host;  ///< without port
    bool has_password = false;
};

/// Of the part of a URL between "//" and the next "/".
Login login_of(std::string_view url)
{
    const auto start = url.find("://");
    if (start == std::string_view::npos) {
        return {};
    }
    const auto place = url.substr(start + 3, url.find('/', start + 3) - start - 3);
    const auto at = place.rfind('@');
    if (at == std::string_view::npos) {
        return {};
    }
    const auto user = place.substr(0, at);
    const auto host = place.substr(at + 1);
    const auto port = host.starts_with('[') ? host.find(':', host.find(']')) : host.find(':');
    return {user.substr(0, user.find(':')), host.substr(0, port),
            user.find(':') != std::string_view::npos};
}

bool has(const Secrets& secrets, std::string_view name)
{
    return std::ranges::any_of(secrets.variables,
                               [name](const Variable& one) { return one.name == name; });
}

}  // namespace

std::optional<PasswordQuestion> password_question(std::string_view url,
                                                  const proto::BackendParams& params)
{
    const auto kinds = proto::kinds_of(url, params.gio);
    if (kinds == proto::remote_kinds) {
        return std::nullopt;  // "multi:": its members are the daemon's to read
    }
    const bool by_password = contains(kinds, TargetKind::ftp) ||
                             contains(kinds, TargetKind::webdav) ||
                             (contains(kinds, TargetKind::ssh) && params.ssh_askpass);
    const bool is_imap = contains(kinds, TargetKind::imap);
    const auto login = login_of(url);
    if (!(by_password || is_imap) || login.user.empty() || login.has_password) {
        return std::nullopt;
    }
    if (is_imap) {
        return PasswordQuestion{imap_variable, "Enter account password: "};
    }
    return PasswordQuestion{common_variable,
                            fmt::format("Password for '{}@{}': ", login.user, login.host)};
}

void complete_target_password(Secrets& secrets, std::string_view url,
                              const proto::BackendParams& params, Interrupts& interrupts)
{
    const auto question = password_question(url, params);
    if (question && !has(secrets, question->variable) && has_terminal()) {
        secrets.variables.push_back({question->variable, ask_secret(question->prompt, interrupts)});
    }
}

}  // namespace duplid::ctl
