#include "storage/remote/s3/credentials.hpp"

#include "storage/io/error.hpp"
#include "storage/io/wiped_text.hpp"
#include "storage/remote/command/child.hpp"
#include "storage/remote/http/json_secret.hpp"

#include <array>
#include <ctime>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace duplid::s3 {

namespace {

constexpr std::chrono::minutes renewed_before_expiry{5};
constexpr std::chrono::minutes program_patience{1};
constexpr std::size_t output_bytes_max = std::size_t{64} << 10U;

std::optional<Credentials> from_texts(const std::string& key_id, const io::Secret& secret,
                                      const io::Secret& token = {})
{
    if (key_id.empty() || secret.reveal().empty()) {
        return std::nullopt;
    }
    return Credentials{key_id, secret, token.reveal().empty() ? io::Secret{} : token};
}

std::optional<Credentials> from_variables(const remote::Variables& variables,
                                          std::string_view key_id, std::string_view secret,
                                          std::string_view token)
{
    return from_texts(variables.text(key_id), variables.secret(secret),
                      token.empty() ? io::Secret{} : variables.secret(token));
}

std::optional<Credentials> from_settings(const Settings& settings, std::string_view start)
{
    return from_texts(settings.text(fmt::format("{}access_key_id", start)),
                      io::Secret{settings.value(fmt::format("{}secret_access_key", start))},
                      io::Secret{settings.value(fmt::format("{}session_token", start))});
}

bool is_same(const Credentials& one, const Credentials& other)
{
    return one.key_id == other.key_id && one.secret.equals(other.secret) &&
           one.token.equals(other.token);
}

std::string text_member(const nlohmann::json& object, const char* name)
{
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_time(std::string_view text)
{
    std::tm parts{};
    const std::string whole{text};
    const auto* const rest = ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr || (*rest != 'Z' && *rest != '.' && *rest != '+' && *rest != '\0')) {
        return std::nullopt;
    }
    return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

Credentials credentials_from_json(std::string_view text, const std::string& object)
{
    io::WipedText own{text.begin(), text.end()};
    const auto secret = http::take_json_text(own, {"SecretAccessKey"});
    auto token = http::take_json_text(own, {"Token"});
    if (token.reveal().empty()) {
        token = http::take_json_text(own, {"SessionToken"});
    }
    const auto json = nlohmann::json::parse(io::text_of(own), nullptr, false);
    if (!json.is_object()) {
        throw Error{Error::Kind::invalid, "credentials that are not the JSON they should be",
                    object};
    }
    auto found = from_texts(text_member(json, "AccessKeyId"), secret, token);
    if (!found) {
        throw Error{Error::Kind::invalid, "credentials without AccessKeyId and SecretAccessKey",
                    object};
    }
    found->expires = parse_time(text_member(json, "Expiration"));
    return *found;
}

CredentialSource::CredentialSource(const remote::Url& url, remote::RemoteOptions options,
                                   bool is_google)
    : options_{std::move(options)}, is_google_{is_google}
{
    if (url.user) {
        of_url_ = from_texts(*url.user, url.password);
    }
}

Credentials CredentialSource::get()
{
    const std::lock_guard guard{mutex_};
    const auto now = std::chrono::system_clock::now();
    if (!known_ || (known_->expires && now + renewed_before_expiry > *known_->expires)) {
        known_ = find();
    }
    return *known_;
}

bool CredentialSource::renew(const Credentials& refused)
{
    const std::lock_guard guard{mutex_};
    // Another thread may have done it.
    if (!known_ || is_same(*known_, refused)) {
        known_ = find();
    }
    return !is_same(*known_, refused);
}

Credentials CredentialSource::find() const
{
    if (of_url_) {
        return *of_url_;
    }
    if (auto found = is_google_ ? find_for_google() : find_for_amazon()) {
        return *std::move(found);
    }
    throw Error{Error::Kind::denied,
                is_google_ ? "there are no credentials for Google's storage"
                           : "there are no credentials for S3",
                {},
                is_google_ ? "set GS_ACCESS_KEY_ID and GS_SECRET_ACCESS_KEY (an HMAC key), or "
                             "gs_access_key_id and gs_secret_access_key in ~/.boto"
                           : "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write "
                             "~/.aws/credentials or ~/.boto"};
}

std::optional<Credentials> CredentialSource::find_for_google() const
{
    if (auto found =
            from_variables(options_.variables, "GS_ACCESS_KEY_ID", "GS_SECRET_ACCESS_KEY", {})) {
        return found;
    }
    return from_settings(boto_settings(options_.variables), "gs_");
}

std::optional<Credentials> CredentialSource::find_for_amazon() const
{
    // The second name is boto's.
    const std::string_view token =
        options_.variables.has("AWS_SESSION_TOKEN") ? "AWS_SESSION_TOKEN" : "AWS_SECURITY_TOKEN";
    if (auto found = from_variables(options_.variables, "AWS_ACCESS_KEY_ID",
                                    "AWS_SECRET_ACCESS_KEY", token)) {
        return found;
    }
    const auto profile = aws_profile(options_.variables);
    if (auto found = from_settings(profile, "aws_")) {
        return found;
    }
    if (const auto program = profile.text("credential_process"); !program.empty()) {
        return from_program(program);
    }
    if (auto found = from_settings(boto_settings(options_.variables), "aws_")) {
        return found;
    }
    if (auto found = container_credentials(options_)) {
        return found;
    }
    return instance_credentials(options_);
}

std::optional<Credentials> CredentialSource::from_program(const std::string& line) const
{
    constexpr std::array<std::string_view, 7> passed_on{
        "HOME", "PATH", "LANG", "USER", "AWS_PROFILE", "AWS_CONFIG_FILE", "XDG_RUNTIME_DIR"};
    command::Command command{command::split_words(line)};
    command.environment = options_.variables.only(passed_on);
    command.path = options_.variables.text("PATH");
    command.stop = options_.stop;
    io::WipedSink said{output_bytes_max};
    const auto finished = command::run(command, program_patience, {}, &said);
    if (finished.status != 0) {
        throw Error{Error::Kind::denied,
                    fmt::format("the credential_process of the profile ended with status {}: {}",
                                finished.status, finished.errors),
                    command.words.front()};
    }
    return credentials_from_json(said.text(), "credential_process");
}

}  // namespace duplid::s3
