#include "storage/remote/imap/imap_remote.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/http/percent.hpp"
#include "storage/remote/imap/encoding.hpp"
#include "storage/remote/imap/mail.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <map>

namespace duplid::imap {

namespace {

using remote::Listed;

/// Mails that one FETCH asks for.
constexpr std::size_t batch = 500;
constexpr std::size_t lines_at_once = 4096;
/// A mail may be replaced between being found and being fetched.
constexpr unsigned tries_max = 10;

bool is_searchable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }) &&
           encode_header(text) == text;
}

std::string path_without_slash(const std::string& path)
{
    return path.starts_with('/') ? path.substr(1) : path;
}

Error not_there(const std::string& doing, const std::string& name)
{
    return {Error::Kind::not_found, fmt::format("{}: it is not there", doing), name};
}

}  // namespace

ImapRemote::ImapRemote(const remote::Url& url, const remote::RemoteOptions& options)
    : options_{options}, mailbox_{options.imap.mailbox}, prefix_{path_without_slash(url.path)}
{
    const auto given_host = url.host.value_or("");
    const auto server = options.variables.text("IMAP_SERVER");
    const auto host = server.empty() ? given_host : server;
    const auto port = url.port ? fmt::format(":{}", *url.port) : std::string{};
    const auto bracketed = host.find(':') == std::string::npos ? host : '[' + host + ']';
    account_.url = fmt::format("{}://{}{}/", url.scheme, bracketed, port);
    const auto user = url.user.value_or("");
    account_.user = options.imap.full_address ? fmt::format("{}@{}", user, given_host) : user;
    account_.password =
        url.password.is_set() ? url.password : options.variables.secret("IMAP_PASSWORD");
    account_.description = fmt::format("{}://{}@{}{}/{}", url.scheme, http::percent_encoded(user),
                                       bracketed, port, http::percent_encoded(prefix_, "/"));
    if (user.empty()) {
        throw Error{Error::Kind::invalid, "an IMAP URL must name a user", account_.description};
    }
    if (!std::ranges::all_of(mailbox_, [](char c) { return c >= ' ' && c <= '~'; })) {
        throw Error{Error::Kind::invalid,
                    "--imap-mailbox holds characters that no IMAP server knows",
                    account_.description,
                    "names beyond ASCII are spelled as the server spells them (&-escapes)"};
    }
    curl::notice_unverified(options_, host);
}

std::unique_ptr<Session> ImapRemote::take_session()
{
    for (;;) {
        std::unique_ptr<Session> session;
        {
            const std::lock_guard guard{mutex_};
            if (idle_.empty()) {
                break;
            }
            session = std::move(idle_.back());
            idle_.pop_back();
        }
        // What came unasked is a server's farewell, most often.
        if (session->is_quiet()) {
            return session;
        }
    }
    return std::make_unique<Session>(pool_, account_, options_, mailbox_);
}

std::vector<std::uint32_t> ImapRemote::search(Session& session,
                                              const std::optional<std::string>& name) const
{
    // Substrings are what servers look for, and some do not look into encoded words: the answer is
    // only a first sieve.
    std::string command{"UID SEARCH UNDELETED"};
    if (is_searchable(prefix_)) {
        command += " HEADER FROM " + quoted(prefix_);
    }
    if (name && is_searchable(*name)) {
        command += " HEADER SUBJECT " + quoted(*name);
    }
    // A server need not look for what others have changed before a search, but does so here.
    session.require(session.run("NOOP"), "searching", account_.description);
    std::vector<std::uint32_t> uids;
    const auto status = session.run(command, [&](const Response& response) {
        if (auto numbers = parse_search(response.text)) {
            uids = *std::move(numbers);
        }
    });
    session.require(status, "searching", account_.description);
    return uids;
}

std::vector<ImapRemote::Mail> ImapRemote::find(Session& session,
                                               const std::optional<std::string>& name) const
{
    for (unsigned tries = 1;; ++tries) {
        const auto uids = search(session, name);
        std::vector<Mail> mails;
        const auto told = look_at(session, uids, name, mails);
        // What went since the search may have been replaced by what it did not see.
        if (told == uids.size() || tries == tries_max) {
            std::ranges::sort(mails, {}, &Mail::uid);
            return mails;
        }
    }
}

std::size_t ImapRemote::look_at(Session& session, const std::vector<std::uint32_t>& uids,
                                const std::optional<std::string>& name,
                                std::vector<Mail>& mails) const
{
    std::size_t told = 0;
    for (std::size_t at = 0; at < uids.size(); at += batch) {
        const auto begin = uids.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = std::min(batch, uids.size() - at);
        const std::vector<std::uint32_t> some{begin, begin + static_cast<std::ptrdiff_t>(count)};
        const auto status = session.run(
            fmt::format("UID FETCH {} (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT FROM "
                        "X-DUPLID-BYTES)])",
                        sequence_set(some)),
            [&](const Response& response) {
                const auto fetched = parse_fetch(response);
                if (!fetched || !fetched->header || fetched->uid == 0) {
                    return;
                }
                ++told;
                auto heading = parse_heading(*fetched->header);
                if (heading.prefix != prefix_ || (name && heading.name != *name)) {
                    return;
                }
                // A mail that is smaller than what it says to hold does not hold it.
                if (heading.bytes && fetched->mail_octets.value_or(0) < *heading.bytes) {
                    heading.bytes.reset();
                }
                mails.push_back({fetched->uid, std::move(heading.name), heading.bytes});
            });
        // NO: some went meanwhile (RFC 2180); those that are there were told.
        if (status.word == Status::Word::bad) {
            session.require(status, "listing", account_.description);
        }
    }
    return told;
}

std::vector<Listed> ImapRemote::list()
{
    Lease session{*this};
    std::map<std::string, std::uint64_t> newest;
    for (auto& mail : find(*session, std::nullopt)) {
        if (!mail.name.empty()) {
            newest[std::move(mail.name)] = mail.bytes.value_or(remote::unknown_bytes);
        }
    }
    session.give_back();
    std::vector<Listed> files;
    for (const auto& [name, bytes] : newest) {
        files.push_back({name, bytes});
    }
    return files;
}

void ImapRemote::erase(Session& session, const std::vector<std::uint32_t>& uids,
                       const std::string& name) const
{
    if (uids.empty()) {
        return;
    }
    const auto doing = "removing " + name;
    const auto set = sequence_set(uids);
    session.require(session.run(fmt::format("UID STORE {} +FLAGS.SILENT (\\Deleted)", set)), doing,
                    name);
    session.require(session.run(session.has_uidplus() ? "UID EXPUNGE " + set : "EXPUNGE"), doing,
                    name);
}

std::uint32_t ImapRemote::append(Session& session, const io::TempFile& spool,
                                 const std::string& name) const
{
    const auto bytes = spool.bytes();
    const auto envelope = envelope_for(prefix_, name, bytes);
    const auto octets = envelope.head.size() + encoded_octets(bytes) + envelope.tail.size();
    const auto status = session.run_with(
        fmt::format("APPEND {} (\\Seen)", quoted(mailbox_)), octets, [&](const auto& send) {
            send(envelope.head);
            io::RangeSource source{spool.fd(), 0, bytes, name};
            io::Bytes piece(line_bytes * lines_at_once);
            std::string lines;
            for (std::size_t got = 0; (got = io::read_full(source, piece)) > 0;) {
                lines.clear();
                encode_lines(io::ByteView{piece}.first(got), lines);
                send(lines);
            }
            send(envelope.tail);
        });
    session.require(status, "sending " + name, name);
    std::uint32_t uid = 0;
    if (status.code == "APPENDUID") {
        const auto& words = status.code_words;
        const auto blank = words.find(' ');
        if (blank != std::string::npos) {
            std::from_chars(words.data() + blank + 1, words.data() + words.size(), uid);
        }
    }
    if (uid == 0) {
        const auto mails = find(session, name);
        if (mails.empty()) {
            throw Error{
                Error::Kind::unreachable,
                fmt::format("sending {}: the server took the mail and does not show it", name),
                name};
        }
        uid = mails.back().uid;
    }
    std::uint64_t arrived = 0;
    const auto looked = session.run(fmt::format("UID FETCH {} (UID RFC822.SIZE)", uid),
                                    [&](const Response& response) {
                                        const auto fetched = parse_fetch(response);
                                        if (fetched && fetched->uid == uid) {
                                            arrived = fetched->mail_octets.value_or(arrived);
                                        }
                                    });
    // A server may add lines to a mail's header, and never takes any away.
    if (looked.is_ok() && arrived < octets) {
        erase(session, {uid}, name);
        throw Error{Error::Kind::corrupt,
                    fmt::format("sending {}: {} bytes of mail were sent, {} arrived", name, octets,
                                arrived),
                    name};
    }
    return uid;
}

void ImapRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    Lease session{*this};
    const auto uid = append(*session, spool, name);
    std::vector<std::uint32_t> older;
    for (const auto& mail : find(*session, name)) {
        if (mail.uid < uid) {
            older.push_back(mail.uid);
        }
    }
    erase(*session, older, name);
    session.give_back();
}

ImapRemote::Mail ImapRemote::require(Session& session, const std::string& name) const
{
    auto mails = find(session, name);
    if (mails.empty()) {
        throw not_there(fmt::format("fetching {} at {}", name, account_.description), name);
    }
    return std::move(mails.back());
}

bool ImapRemote::fetch(Session& session, const Mail& mail, const std::string& part,
                       io::Sink& sink) const
{
    bool is_there = false;
    const auto status = session.run(
        fmt::format("UID FETCH {} (UID BODY.PEEK[1]{})", mail.uid, part),
        [&](const Response& response) {
            const auto fetched = parse_fetch(response);
            if (fetched && fetched->body && fetched->uid == mail.uid) {
                is_there = true;
                // Short ones come as a string, all others went there already.
                sink.write(io::view_of(*fetched->body));
            }
        },
        &sink);
    if (status.word == Status::Word::bad) {
        session.require(status, "fetching " + mail.name, mail.name);
    }
    return is_there;
}

void ImapRemote::get(const std::string& name, io::Sink& sink)
{
    remote::check_name(name);
    Lease session{*this};
    for (unsigned tries = 0; tries < tries_max; ++tries) {
        const auto mail = require(*session, name);
        Base64Decoder decoder{sink, name};
        if (fetch(*session, mail, {}, decoder)) {
            decoder.finish();
            if (mail.bytes && *mail.bytes != decoder.bytes()) {
                throw Error{Error::Kind::corrupt,
                            fmt::format("fetching {}: {} bytes came of {}", name, decoder.bytes(),
                                        *mail.bytes),
                            name};
            }
            return session.give_back();
        }
        if (decoder.bytes() > 0) {
            break;
        }
        // It went while it was asked for.
    }
    throw Error{Error::Kind::unreachable,
                fmt::format("fetching {} at {}: the server does not give the mail", name,
                            account_.description),
                name};
}

void ImapRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, remote::check_name);
    if (names.empty()) {
        return;
    }
    Lease session{*this};
    // One search for all; a name at a time goes, in the order given.
    std::map<std::string, std::vector<std::uint32_t>> uids;
    for (auto& mail :
         find(*session, names.size() == 1 ? std::optional{names.front()} : std::nullopt)) {
        uids[std::move(mail.name)].push_back(mail.uid);
    }
    for (const auto& name : names) {
        if (const auto found = uids.find(name); found != uids.end()) {
            erase(*session, found->second, name);
        }
    }
    session.give_back();
}

std::optional<std::uint64_t> ImapRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    Lease session{*this};
    auto mails = find(*session, name);
    std::optional<std::uint64_t> bytes;
    if (!mails.empty()) {
        const auto& mail = mails.back();
        bytes = mail.bytes;
        if (!bytes && session->has_binary()) {
            const auto status =
                session->run(fmt::format("UID FETCH {} (UID BINARY.SIZE[1])", mail.uid),
                             [&](const Response& response) {
                                 const auto fetched = parse_fetch(response);
                                 if (fetched && fetched->uid == mail.uid) {
                                     bytes = fetched->binary_bytes;
                                 }
                             });
            bytes = status.is_ok() ? bytes : std::nullopt;
        }
        bytes = bytes.value_or(remote::unknown_bytes);
    }
    session.give_back();
    return bytes;
}

std::unique_ptr<remote::Remote> open(const remote::Url& url, const remote::RemoteOptions& options)
{
    return std::make_unique<ImapRemote>(url, options);
}

}  // namespace duplid::imap
