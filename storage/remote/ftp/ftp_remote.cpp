#include "storage/remote/ftp/ftp_remote.hpp"

#include "storage/io/error.hpp"
#include "storage/io/sweep.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fmt/format.h>

namespace duplid::ftp {

namespace {

using remote::Listed;

constexpr std::size_t listing_bytes_max = std::size_t{256} << 20U;
constexpr std::time_t sweep_age_seconds = 24 * 3600;
/// Commands that are sent in one step, where there are many.
constexpr std::size_t batch = 200;

void check_name(const std::string& name)
{
    remote::check_name(name);
    if (std::ranges::any_of(name, [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte < ' ' || byte == 0x7f || byte == 0xff;
        })) {
        throw Error{Error::Kind::invalid,
                    "FTP cannot carry this name: it holds a control character", name};
    }
}

Error not_there(const Step& step)
{
    return {Error::Kind::not_found, step.doing + ": it is not there", step.object};
}

// "213 12345".
std::optional<std::uint64_t> size_in(const Reply& reply)
{
    std::uint64_t bytes = 0;
    const auto* const end = reply.text.data() + reply.text.size();
    const auto result = std::from_chars(reply.text.data(), end, bytes);
    return reply.code == 213 && result.ec == std::errc{} ? std::optional{bytes} : std::nullopt;
}

}  // namespace

FtpRemote::FtpRemote(const remote::Url& url, const remote::RemoteOptions& options)
    : session_{url, options}
{
}

void FtpRemote::make_directory()
{
    Step step{.doing = "making the directory", .object = description(), .at_login = true};
    for (const auto& level : session_.levels()) {
        step.commands.push_back("MKD " + level);
    }
    // That levels exist already is said in too many ways to tell; entering it is the proof.
    if (!step.commands.empty()) {
        session_.run(step);
    }
}

Outcome FtpRemote::try_run(const Step& step)
{
    auto outcome = session_.try_run(step);
    if (outcome.is_directory_missing()) {
        make_directory();
        outcome = session_.try_run(step);
    }
    return outcome;
}

Outcome FtpRemote::run(const Step& step)
{
    auto outcome = try_run(step);
    if (outcome.error) {
        throw *outcome.error;
    }
    return outcome;
}

std::vector<Entry> FtpRemote::entries()
{
    Step step{.doing = "listing", .object = description(), .transfer = Step::Transfer::list};
    std::string text;
    step.into = [&](io::ByteView bytes) {
        if (text.size() + bytes.size() > listing_bytes_max) {
            throw Error{Error::Kind::invalid, "listing: the directory is too large", description()};
        }
        text += io::text_of(bytes);
    };
    if (has_mlsd_) {
        const auto outcome = try_run(step);
        if (!outcome.error) {
            return parse_mlsd(text);
        }
        if (outcome.replies.empty() || !outcome.last().is_unknown_command()) {
            throw *outcome.error;
        }
        has_mlsd_ = false;
    }
    step.transfer = Step::Transfer::list_names;
    const auto outcome = try_run(step);
    // An empty directory is an error to some.
    const bool is_empty = outcome.error && outcome.code == CURLE_FTP_COULDNT_RETR_FILE &&
                          (outcome.last().code == 550 || outcome.last().code == 450);
    if (outcome.error && !is_empty) {
        throw *outcome.error;
    }
    const auto names = is_empty ? std::vector<std::string>{} : parse_nlst(text);
    std::vector<Entry> entries;
    for (std::size_t at = 0; at < names.size(); at += batch) {
        const auto count = std::min(batch, names.size() - at);
        Step sizes{.doing = "listing", .object = description()};
        sizes.commands.emplace_back("TYPE I");
        for (std::size_t i = 0; i < count; ++i) {
            sizes.commands.push_back("SIZE " + names[at + i]);
        }
        const auto answers = run(sizes);
        for (std::size_t i = 0; i < count; ++i) {
            const auto& reply = answers.last(count - 1 - i);
            // 550: a directory.
            if (reply.code != 550) {
                entries.push_back(
                    {{names[at + i], size_in(reply).value_or(remote::unknown_bytes)}, {}});
            }
        }
    }
    return entries;
}

void FtpRemote::sweep(const std::vector<Entry>& entries)
{
    if (has_swept_.exchange(true)) {
        return;
    }
    const auto now = std::time(nullptr);
    for (const auto& entry : entries) {
        if (io::is_temporary_name(entry.file.name) && entry.modified &&
            now - *entry.modified > sweep_age_seconds) {
            discard(entry.file.name);
        }
    }
}

std::vector<Listed> FtpRemote::list()
{
    auto all = entries();
    sweep(all);
    std::vector<Listed> files;
    for (auto& entry : all) {
        if (!io::is_temporary_name(entry.file.name)) {
            files.push_back(std::move(entry.file));
        }
    }
    return files;
}

void FtpRemote::put(io::TempFile& spool, const std::string& name)
{
    check_name(name);
    const auto temporary = io::temporary_name(name);
    const auto bytes = spool.bytes();
    const Step store{.doing = "sending " + name,
                     .object = name,
                     .transfer = Step::Transfer::store,
                     .name = temporary,
                     .file = curl::FilePart{spool.fd(), 0, bytes},
                     .of_550 = Error::Kind::denied};
    run(store);
    const auto there = size_of(temporary);
    if (there != bytes && there != remote::unknown_bytes) {
        discard(temporary);
        throw Error{Error::Kind::corrupt,
                    fmt::format("sending {}: {} bytes were sent, {} arrived", name, bytes,
                                there ? std::to_string(*there) : "none"),
                    name};
    }
    publish(temporary, name);
}

Reply FtpRemote::rename_on_server(const Step& step, const std::string& from, const std::string& to)
{
    auto commands = step;
    commands.commands = {"RNFR " + from, "RNTO " + to};
    const auto outcome = run(commands);
    return outcome.last(1).code >= 400 ? outcome.last(1) : outcome.last();
}

void FtpRemote::publish(const std::string& temporary, const std::string& name)
{
    const Step step{.doing = "renaming what was sent to " + name,
                    .object = name,
                    .of_550 = Error::Kind::denied};
    auto reply = rename_on_server(step, temporary, name);
    // Some servers rename to free names only.
    if ((reply.code == 550 || reply.code == 553) && size_of(name) && size_of(temporary)) {
        remove_one(name);
        reply = rename_on_server(step, temporary, name);
    }
    if (!reply.is_good()) {
        discard(temporary);
        throw session_.refused(step, reply);
    }
}

void FtpRemote::get(const std::string& name, io::Sink& sink)
{
    check_name(name);
    const Step step{.doing = "fetching " + name,
                    .object = name,
                    .transfer = Step::Transfer::retrieve,
                    .name = name,
                    .into = [&](io::ByteView bytes) { sink.write(bytes); }};
    // A refusal is hard to hear over TLS (session.cpp), and this is the one that is to be expected.
    if (session_.is_encrypted() && !size_of(name)) {
        throw not_there(step);
    }
    run(step);
}

io::Bytes FtpRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    Step step{.doing = "fetching a part of " + name,
              .object = name,
              .transfer = Step::Transfer::retrieve,
              .name = name};
    // Asked for first, since servers differ in what they say of parts beyond the end.
    const auto size = size_of(name);
    if (!size) {
        throw not_there(step);
    }
    if (bytes == 0 || offset >= *size) {
        return {};
    }
    const auto count = std::min<std::uint64_t>(bytes, *size - offset);
    io::Bytes content;
    step.range = fmt::format("{}-{}", offset, offset + count - 1);
    step.into = [&](io::ByteView more) {
        io::append(content, more.first(static_cast<std::size_t>(
                                std::min<std::uint64_t>(more.size(), count - content.size()))));
    };
    run(step);
    if (content.size() < count && *size != remote::unknown_bytes) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("{}: {} bytes came of {}", step.doing, content.size(), count),
                    name};
    }
    return content;
}

void FtpRemote::remove_one(const std::string& name)
{
    const Step step{.doing = "removing " + name,
                    .object = name,
                    .commands = {"DELE " + name},
                    .of_550 = Error::Kind::denied};
    const auto outcome = run(step);
    const auto& reply = outcome.last();
    // 550 is said of a file that is not there, and of one that may not be removed.
    if (!reply.is_good() && ((reply.code != 550 && reply.code != 450) || size_of(name))) {
        throw session_.refused(step, reply);
    }
}

void FtpRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, check_name);
    std::ranges::for_each(names, [&](const std::string& name) { remove_one(name); });
}

/// What cannot be removed now is swept in a day.
void FtpRemote::discard(const std::string& name) noexcept
{
    try {
        remove_one(name);
    } catch (...) {
        return;
    }
}

void FtpRemote::rename(const std::string& from, const std::string& to)
{
    check_name(from);
    check_name(to);
    const Step step{.doing = fmt::format("renaming {} to {}", from, to), .object = from};
    if (size_of(to)) {
        throw Error{Error::Kind::invalid, step.doing + ": there is a file of that name already",
                    to};
    }
    const auto reply = rename_on_server(step, from, to);
    if (!reply.is_good()) {
        throw session_.refused(step, reply);
    }
}

std::optional<std::uint64_t> FtpRemote::size_of(const std::string& name)
{
    check_name(name);
    // In ASCII, which is where a connection begins, it would be the size of something else.
    const Step step{
        .doing = "looking at " + name, .object = name, .commands = {"TYPE I", "SIZE " + name}};
    const auto outcome = run(step);
    const auto& reply = outcome.last();
    if (const auto bytes = size_in(reply)) {
        return bytes;
    }
    if (reply.code == 550) {
        return std::nullopt;
    }
    if (!reply.is_unknown_command()) {
        throw session_.refused(step, reply);
    }
    const auto all = entries();
    const auto found =
        std::ranges::find_if(all, [&](const Entry& entry) { return entry.file.name == name; });
    return found == all.end() ? std::nullopt : std::optional{found->file.bytes};
}

std::unique_ptr<remote::Remote> open(const remote::Url& url, const remote::RemoteOptions& options)
{
    return std::make_unique<FtpRemote>(url, options);
}

}  // namespace duplid::ftp
