#include "storage/remote/ftp/session.hpp"

#include "storage/remote/http/percent.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace duplid::ftp {

namespace {

/// For an answer, of the patience for bytes: the end of a long upload may take a server long.
constexpr long answer_patience = 10;
constexpr long create_nothing = 0;
/// Before it, libcurl begins no TLS on data connections that it has accepted, and both sides wait
/// for the other (7.88.1, seen with ProFTPD).
constexpr unsigned active_tls_version = 0x080000;
constexpr long only_tls12 = long{CURL_SSLVERSION_TLSv1_2} + long{CURL_SSLVERSION_MAX_TLSv1_2};

std::vector<std::string> segments_of(std::string_view path)
{
    std::vector<std::string> segments;
    while (!path.empty()) {
        const auto end = std::min(path.find('/'), path.size());
        if (end > 0) {
            segments.emplace_back(path.substr(0, end));
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return segments;
}

/// Collects the answers of one attempt.
struct Reception {
    curl::Transfer& transfer;
    std::vector<Reply>& replies;
};

std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self)
{
    auto& reception = *static_cast<Reception*>(self);
    reception.transfer.note_movement();
    if (auto reply = parse_reply({line, size * count})) {
        reception.replies.push_back(*std::move(reply));
    }
    return size * count;
}

// What the server said stands above libcurl's reading of it.
bool is_about_reply(CURLcode code)
{
    switch (code) {
    case CURLE_LOGIN_DENIED:
    case CURLE_REMOTE_ACCESS_DENIED:
    case CURLE_FTP_COULDNT_RETR_FILE:
    case CURLE_FTP_COULDNT_SET_TYPE:
    case CURLE_FTP_COULDNT_USE_REST:
    case CURLE_FTP_WEIRD_SERVER_REPLY:
    case CURLE_FTP_WEIRD_PASV_REPLY:
    case CURLE_FTP_PORT_FAILED:
    case CURLE_UPLOAD_FAILED:
    case CURLE_PARTIAL_FILE:
    case CURLE_QUOTE_ERROR:
    case CURLE_REMOTE_DISK_FULL:
    case CURLE_REMOTE_FILE_EXISTS:
    case CURLE_REMOTE_FILE_NOT_FOUND:
        return true;
    default:
        return false;
    }
}

bool is_out_of_step(CURLcode code)
{
    return code == CURLE_FTP_WEIRD_PASV_REPLY || code == CURLE_FTP_WEIRD_227_FORMAT ||
           code == CURLE_FTP_WEIRD_SERVER_REPLY || code == CURLE_FTP_PORT_FAILED ||
           code == CURLE_SSL_CONNECT_ERROR;
}

}  // namespace

const Reply& Outcome::last(std::size_t back) const
{
    if (back >= replies.size()) {
        throw Error{Error::Kind::internal, "a command has no answer"};
    }
    return replies[replies.size() - 1 - back];
}

bool Outcome::is_directory_missing() const noexcept
{
    return code == CURLE_REMOTE_ACCESS_DENIED && !replies.empty() && replies.back().code == 550;
}

Session::Session(const remote::Url& url, const remote::RemoteOptions& options) : options_{options}
{
    if (url.scheme.ends_with("ftps")) {
        tls_ = Tls::implicit;
    } else if (url.scheme.ends_with("ftpes")) {
        tls_ = Tls::required;
    }
    const auto host = url.host.value_or("");
    const auto authority = (host.find(':') == std::string::npos ? host : '[' + host + ']') +
                           (url.port ? fmt::format(":{}", *url.port) : std::string{});
    origin_ = fmt::format("{}://{}", tls_ == Tls::implicit ? "ftps" : "ftp", authority);
    // "/x" is below the directory that the login ends in, "//x" below the root
    // (command-line.md 8.2).
    is_absolute_ = url.path.starts_with("//");
    segments_ = segments_of(url.path);
    if (std::ranges::any_of(url.path, [](char c) { return static_cast<unsigned char>(c) < ' '; })) {
        throw Error{Error::Kind::invalid, "an FTP path cannot hold control characters",
                    remote::redacted(origin_)};
    }
    user_ = url.user.value_or("");
    password_ = url.password.is_set() ? url.password : options.variables.secret("FTP_PASSWORD");
    description_ = fmt::format("{}://{}{}{}", url.scheme,
                               url.user ? http::percent_encoded(*url.user) + '@' : std::string{},
                               authority, url.path);
    is_active_ = !options_.ftp.passive;
    if (tls_ != Tls::none) {
        curl::notice_unverified(options_, host);
        if (is_active_ && curl_version_info(CURLVERSION_NOW)->version_num < active_tls_version) {
            is_active_ = false;
            options_.notice(
                fmt::format("--ftp-regular is passed over for {}: this libcurl ({}) cannot "
                            "encrypt connections that the server makes",
                            host, curl_version_info(CURLVERSION_NOW)->version));
        }
    }
}

std::vector<std::string> Session::levels() const
{
    std::vector<std::string> levels;
    std::string path = is_absolute_ ? "/" : "";
    for (const auto& segment : segments_) {
        path += segment;
        levels.push_back(path);
        path += '/';
    }
    return levels;
}

// libcurl enters what stands before the last slash, in one go, and a path that begins with an
// encoded slash from the root.
std::string Session::url_of(const Step& step) const
{
    auto url = origin_ + '/';
    if (!step.at_login) {
        url += is_absolute_ ? "%2F" : "";
        for (const auto& segment : segments_) {
            url += http::percent_encoded(segment);
            url += '/';
        }
        url += is_absolute_ && segments_.empty() ? "/" : "";
    }
    return url + http::percent_encoded(step.name);
}

void Session::configure(curl::Transfer& transfer, const Step& step) const
{
    transfer.set_url(url_of(step));
    transfer.set(CURLOPT_PROTOCOLS_STR, "ftp,ftps");
    transfer.set(CURLOPT_HTTPPROXYTUNNEL, 1L);
    if (!user_.empty()) {
        transfer.set_login(user_, password_);
    }
    if (tls_ != Tls::none) {
        transfer.set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    }
    if (!offers_tls13_) {
        transfer.set(CURLOPT_SSLVERSION, only_tls12);
    }
    if (is_active_) {
        transfer.set(CURLOPT_FTPPORT, "-");
    }
    const auto patience = std::max(1L, static_cast<long>(options_.timeout.count()));
    transfer.set(CURLOPT_ACCEPTTIMEOUT_MS, patience * 1000);
    transfer.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, patience * answer_patience);
    transfer.set(CURLOPT_FTP_FILEMETHOD, static_cast<long>(CURLFTPMETHOD_SINGLECWD));
    // Level by level is done by whoever needs it: libcurl would make the last one only.
    transfer.set(CURLOPT_FTP_CREATE_MISSING_DIRS, create_nothing);
    switch (step.transfer) {
    case Step::Transfer::none:
        transfer.set(CURLOPT_NOBODY, 1L);
        break;
    case Step::Transfer::store:
        transfer.send(step.file);
        break;
    case Step::Transfer::list:
        transfer.set(CURLOPT_CUSTOMREQUEST, "MLSD");
        break;
    case Step::Transfer::list_names:
        transfer.set(CURLOPT_DIRLISTONLY, 1L);
        break;
    case Step::Transfer::retrieve:
        if (!step.range.empty()) {
            transfer.set(CURLOPT_RANGE, step.range);
        } else {
            // A size that was asked for before is that of the old file when it is being replaced.
            // The server's 226 tells a whole file from a connection that ended.
            transfer.set(CURLOPT_IGNORE_CONTENT_LENGTH, 1L);
        }
        break;
    }
}

Outcome Session::attempt(const Step& step, bool& has_moved)
{
    Outcome outcome;
    curl::Lines commands;
    auto handle = pool_.lend();
    curl::Transfer transfer{handle, options_};
    configure(transfer, step);
    for (const auto& command : step.commands) {
        // The mark lets the answer be ours to judge; libcurl would end the connection over it.
        commands.add('*' + command);
    }
    if (commands.get() != nullptr) {
        transfer.set(CURLOPT_PREQUOTE, commands.get());
    }
    Reception reception{transfer, outcome.replies};
    transfer.set(CURLOPT_HEADERFUNCTION, &on_header);
    transfer.set(CURLOPT_HEADERDATA, &reception);
    transfer.receive([&](io::ByteView bytes) {
        has_moved = true;
        if (step.into) {
            step.into(bytes);
        }
    });
    outcome.code = transfer.try_perform();
    if (outcome.code != CURLE_OK) {
        const auto doing = fmt::format("{} at {}", step.doing, description_);
        outcome.error = failure(step, outcome, transfer.error_of(outcome.code, doing, step.object));
        // A server that refuses a transfer closes the data connection; where that breaks its TLS,
        // libcurl goes on with another way to connect before it has read the refusal (seen), and
        // all that follows would be answers to earlier questions.
        if (is_out_of_step(outcome.code)) {
            handle.discard();
        }
    }
    return outcome;
}

Outcome Session::try_run(const Step& step)
{
    bool has_moved = false;
    auto outcome = attempt(step, has_moved);
    if (tls_ != Tls::none && !has_moved && outcome.code == CURLE_SSL_CONNECT_ERROR &&
        !offers_tls13_) {
        offers_tls13_ = true;
        outcome = attempt(step, has_moved);
        // It was something else.
        if (outcome.code == CURLE_SSL_CONNECT_ERROR) {
            offers_tls13_ = false;
        }
    }
    return outcome;
}

Outcome Session::run(const Step& step)
{
    auto outcome = try_run(step);
    if (outcome.error) {
        throw *outcome.error;
    }
    return outcome;
}

Error Session::failure(const Step& step, const Outcome& outcome, const Error& error) const
{
    if (!is_about_reply(outcome.code) || outcome.replies.empty() ||
        outcome.replies.back().code < 400) {
        return error;
    }
    const auto& reply = outcome.replies.back();
    if (outcome.is_directory_missing()) {
        auto at_directory = step;
        at_directory.of_550 = Error::Kind::denied;
        return refused(at_directory, reply);
    }
    // Whatever number a server refuses a login with (ProFTPD: 550 for one without encryption,
    // seen); 421 says that it has too many of them.
    if (outcome.code == CURLE_LOGIN_DENIED && reply.code >= 500) {
        return denied_login(step, reply);
    }
    return refused(step, reply);
}

Error Session::denied_login(const Step& step, const Reply& reply) const
{
    return Error{Error::Kind::denied,
                 fmt::format("{} at {}: the server answers {} {}", step.doing, description_,
                             reply.code, reply.text),
                 step.object,
                 user_.empty() ? "it takes no anonymous logins; the URL may name a user"
                               : "user name or password are not accepted, or it wants encryption "
                                 "(ftpes://)"}
        .with_facts({{"reply", std::to_string(reply.code)}});
}

Error Session::refused(const Step& step, const Reply& reply) const
{
    return Error{kind_of(reply.code, step.of_550),
                 fmt::format("{} at {}: the server answers {} {}", step.doing, description_,
                             reply.code, reply.text),
                 step.object}
        .with_facts({{"reply", std::to_string(reply.code)}});
}

}  // namespace duplid::ftp
