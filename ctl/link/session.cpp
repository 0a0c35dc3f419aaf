#include "ctl/link/session.hpp"

#include "ctl/process/failure.hpp"
#include "proto/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <poll.h>
#include <span>

namespace duplid::ctl {

namespace {

/// A lease is renewed so many times within its duration.
constexpr int lease_renewals = 3;

void append(proto::WipedBuffer& buffer, std::string_view text)
{
    buffer.insert(buffer.end(), text.begin(), text.end());
}

/// As a JSON string; the text must be UTF-8.
void append_quoted(proto::WipedBuffer& buffer, std::string_view text)
{
    constexpr unsigned char first_printable = 0x20;
    buffer.push_back('"');
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            buffer.push_back('\\');
            buffer.push_back(c);
        } else if (byte < first_printable) {
            append(buffer, fmt::format("\\u{:04x}", static_cast<unsigned>(byte)));
        } else {
            buffer.push_back(c);
        }
    }
    buffer.push_back('"');
}

/// The value of `name`, or of its twin for what is not UTF-8.
void append_secret(proto::WipedBuffer& buffer, std::string_view name,
                   const proto::SecretText& secret)
{
    const auto text = secret.reveal();
    const bool plain = proto::is_utf8(text);
    append(buffer, fmt::format("\"{}{}\":", name, plain ? "" : "_b64"));
    if (plain) {
        append_quoted(buffer, text);
        return;
    }
    auto encoded = proto::base64(text);
    append_quoted(buffer, encoded);
    proto::wipe_memory(encoded.data(), encoded.size());
}

/// `secrets` as members of an object that has some already, or none (`first`).
void append_members(proto::WipedBuffer& buffer, std::span<const SecretMember> secrets, bool first)
{
    const auto part = [&buffer](bool& is_first) {
        append(buffer, is_first ? "" : ",");
        is_first = false;
    };
    std::string_view list;
    bool first_in_list = true;
    for (const auto& secret : secrets) {
        if (!secret.value.is_set()) {
            continue;
        }
        if (secret.variable.empty()) {
            part(first);
            append_secret(buffer, secret.name, secret.value);
        } else {
            list = secret.name;
        }
    }
    if (list.empty()) {
        return;
    }
    part(first);
    append(buffer, fmt::format("\"{}\":[", list));
    for (const auto& secret : secrets) {
        if (secret.value.is_set() && !secret.variable.empty()) {
            part(first_in_list);
            append(buffer, "{\"name\":");
            append_quoted(buffer, secret.variable);
            append(buffer, ",");
            append_secret(buffer, "variable_value", secret.value);
            append(buffer, "}");
        }
    }
    append(buffer, "]");
}

}  // namespace

proto::WipedBuffer request_text(std::uint64_t id, std::string_view method, proto::Json params,
                                const std::vector<SecretMember>& secrets)
{
    const bool had_members = !params.empty();
    if (params.is_null()) {
        params = proto::Json::object();
    }
    auto line = proto::request_line(id, method, std::move(params));
    const bool any = std::ranges::any_of(
        secrets, [](const SecretMember& secret) { return secret.value.is_set(); });
    if (any) {
        // Members are sorted by name, so that params is the last of an envelope: the line ends
        // with the braces of both.
        constexpr std::string_view end = "}}\n";
        line.resize(line.size() - end.size());
        append_members(line, secrets, !had_members);
        append(line, end);
    }
    if (line.size() > proto::line_bytes_max) {
        throw usage_failure("the request is longer than a daemon reads", {},
                            "put selection rules in a file: --include-filelist FILE");
    }
    return line;
}

Session::Session(Connection connection, std::unique_ptr<PeerProcess> process,
                 Interrupts& interrupts)
    : process_{std::move(process)}, connection_{std::move(connection)}, interrupts_{interrupts}
{
    proto::HelloParams params;
    params.client = "duplictl " DUPLID_VERSION;
    hello_ = call(proto::methods::hello, params);
}

std::uint64_t Session::send(std::string_view method, proto::Json params,
                            const std::vector<SecretMember>& secrets)
{
    const auto id = ++last_id_;
    if (!connection_.send(request_text(id, method, std::move(params), secrets))) {
        heed_last_words();
        report_lost_daemon();
    }
    return id;
}

/// A daemon that turns somebody away says why and hangs up, perhaps before it is greeted.
void Session::heed_last_words()
{
    constexpr int pieces_max = 64;
    for (int i = 0; i < pieces_max && connection_.receive(); ++i) {
    }
    while (const auto message = take_message()) {
        const auto* const reply = std::get_if<proto::Reply>(&*message);
        const auto* const error =
            reply != nullptr && reply->id.is_null() ? reply->error() : nullptr;
        if (error != nullptr) {
            throw Failure{*error};
        }
    }
}

proto::Json Session::call_json(std::string_view method, proto::Json params,
                               const std::vector<SecretMember>& secrets,
                               const Handler& on_notification)
{
    const auto id = send(method, std::move(params), secrets);
    while (true) {
        auto message = receive();
        if (!message) {
            throw Interrupted{*signal_};
        }
        if (const auto* notification = std::get_if<proto::Notification>(&*message)) {
            if (on_notification) {
                on_notification(*notification);
            }
            continue;
        }
        auto& reply = std::get<proto::Reply>(*message);
        // Others belong to renewals of the lease; a null id to a line the daemon could not read.
        if (reply.id == id || reply.id.is_null()) {
            if (const auto* error = reply.error()) {
                throw Failure{*error};
            }
            return std::move(std::get<proto::Json>(reply.outcome));
        }
    }
}

void Session::follow(std::optional<std::uint64_t> stop_run,
                     const std::function<bool(const proto::Notification&)>& handle)
{
    while (true) {
        const auto message = receive();
        if (!message) {
            if (!stop_run || stopped_by_) {
                if (process_ && stopped_by_) {
                    process_->abandon();
                }
                throw Interrupted{*signal_};
            }
            stopped_by_ = signal_;
            proto::RunStopParams params;
            params.run = *stop_run;
            send(proto::methods::run_stop.name, proto::write_message(params));
            continue;
        }
        const auto* notification = std::get_if<proto::Notification>(&*message);
        if (notification != nullptr && !handle(*notification)) {
            return;
        }
    }
}

void Session::begin_lease(std::chrono::seconds duration)
{
    lease_ = duration;
    lease_due_ = Clock::now();
    renew_lease_if_due();
}

void Session::renew_lease_if_due()
{
    if (lease_due_ && Clock::now() >= *lease_due_) {
        proto::LeaseParams params;
        params.seconds = static_cast<std::uint64_t>(lease_.count());
        send(proto::methods::lease.name, proto::write_message(params));
        lease_due_ = Clock::now() + std::chrono::milliseconds{lease_} / lease_renewals;
    }
}

std::optional<Session::Message> Session::receive()
{
    while (true) {
        renew_lease_if_due();
        if (heartbeat_) {
            heartbeat_();
        }
        if (const auto signal = interrupts_.take()) {
            signal_ = signal;
            return std::nullopt;
        }
        if (auto message = take_message()) {
            return message;
        }
        wait(std::nullopt);
    }
}

std::optional<proto::Notification> Session::next_notification(Clock::time_point end)
{
    renew_lease_if_due();
    if (const auto signal = interrupts_.take()) {
        throw Interrupted{*signal};
    }
    auto message = take_message();
    if (!message) {
        wait(end);
        message = take_message();
    }
    // Replies belong to renewals of the lease.
    if (auto* notification = message ? std::get_if<proto::Notification>(&*message) : nullptr) {
        return std::move(*notification);
    }
    return std::nullopt;
}

std::optional<Session::Message> Session::take_message()
{
    const auto line = connection_.next();
    if (!line) {
        return std::nullopt;
    }
    const auto text = proto::text_of(*line);
    try {
        return proto::parse_message(text);
    } catch (const proto::ProtocolError&) {
        if (connection_.noise_hint().empty()) {
            throw;
        }
        constexpr std::size_t excerpt_bytes = 60;
        throw Failure{{.kind = proto::ErrorKind::unreachable,
                       .cause = fmt::format("what came back is no answer of a daemon: \"{}\"",
                                            proto::to_utf8(text.substr(0, excerpt_bytes))),
                       .object = peer(),
                       .hint = connection_.noise_hint()}};
    }
}

void Session::wait(std::optional<Clock::time_point> end)
{
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    std::array<pollfd, 2> waits{{{connection_.fd(), POLLIN, 0}, {interrupts_.fd(), POLLIN, 0}}};
    if (lease_due_) {
        end = std::min(end.value_or(*lease_due_), *lease_due_);
    }
    int timeout = -1;
    if (end) {
        const auto left = ceil<milliseconds>(*end - Clock::now());
        timeout = static_cast<int>(std::max<milliseconds::rep>(left.count(), 0));
    }
    if (::poll(waits.data(), waits.size(), timeout) < 0) {
        if (errno == EINTR) {
            return;
        }
        throw system_failure(proto::ErrorKind::internal, "waiting for the daemon", peer(), errno);
    }
    // The user first: an ssh in our process group may have ended by the same key press.
    if (waits[1].revents == 0 && waits[0].revents != 0 && !connection_.receive()) {
        report_lost_daemon();
    }
}

void Session::report_lost_daemon()
{
    connection_.close();
    if (auto error = process_ ? process_->why_gone() : std::nullopt) {
        if (error->object.empty()) {
            error->object = peer();
        }
        throw Failure{std::move(*error)};
    }
    throw Failure{{.kind = process_ ? proto::ErrorKind::internal : proto::ErrorKind::unreachable,
                   .cause = "the daemon closed the connection",
                   .object = peer(),
                   .hint = {}}};
}

}  // namespace duplid::ctl
