#include "storage/remote/webdav/webdav_remote.hpp"

#include "storage/io/error.hpp"
#include "storage/io/sweep.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/webdav/multistatus.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <limits>

namespace duplid::webdav {

namespace {

using remote::Listed;

constexpr std::time_t sweep_age_seconds = 24 * 3600;
constexpr std::uint64_t offset_max = std::numeric_limits<std::int64_t>::max();

class CountingSink final : public io::Sink {
public:
    explicit CountingSink(io::Sink& next) : next_{next} {}
    void write(io::ByteView bytes) override
    {
        next_.write(bytes);
        bytes_ += bytes.size();
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    io::Sink& next_;
    std::uint64_t bytes_ = 0;
};

/// Thrown through a transfer whose rest is not wanted.
struct Enough {};

/// Keeps a part of what it is given.
class WindowSink final : public io::Sink {
public:
    WindowSink(std::uint64_t skip, std::size_t bytes) : skip_{skip}, left_{bytes} {}
    /// What comes is the part itself.
    void begin_at_part() noexcept { skip_ = 0; }
    void write(io::ByteView bytes) override
    {
        const auto over = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
        skip_ -= over;
        bytes = bytes.subspan(over);
        const auto wanted = bytes.first(std::min(left_, bytes.size()));
        io::append(content_, wanted);
        left_ -= wanted.size();
        if (bytes.size() > wanted.size()) {
            throw Enough{};
        }
    }
    [[nodiscard]] io::Bytes take() noexcept { return std::move(content_); }

private:
    std::uint64_t skip_;
    std::size_t left_;
    io::Bytes content_;
};

}  // namespace

std::vector<Listed> WebdavRemote::list()
{
    auto answer = server_.find({}, "1", file_properties);
    if (is_missing(answer.status)) {
        server_.make_collection();
        answer = server_.find({}, "1", file_properties);
    }
    if (is_missing(answer.status)) {
        throw server_.failure({.method = "PROPFIND", .doing = "listing"}, answer);
    }
    auto resources = parse_multistatus(answer.text, server_.description());
    answer.text.clear();
    const auto own_path = server_.place().plain_path();
    // Each name below is told from this one; a proxy may show the server under another path, and
    // that must not look like an empty target.
    if (std::ranges::none_of(resources, [&](const auto& one) { return one.path == own_path; })) {
        throw Error{Error::Kind::invalid,
                    fmt::format("listing at {}: the server lists another place, {}",
                                server_.description(),
                                resources.empty() ? "none" : resources.front().path),
                    server_.description()};
    }
    const bool sweeps = !has_swept_.exchange(true);
    const auto now = std::time(nullptr);
    std::vector<Listed> names;
    for (auto& resource : resources) {
        if (resource.is_collection || !resource.path.starts_with(own_path + '/')) {
            continue;
        }
        auto name = resource.path.substr(own_path.size() + 1);
        if (name.find('/') != std::string::npos) {
            continue;
        }
        if (io::is_temporary_name(name)) {
            if (sweeps && resource.modified && now - *resource.modified > sweep_age_seconds) {
                discard(name);
            }
            continue;
        }
        names.push_back({std::move(name), resource.bytes.value_or(remote::unknown_bytes)});
    }
    return names;
}

void WebdavRemote::send(const io::TempFile& spool, const std::string& name)
{
    const Call call{.method = "PUT",
                    .name = name,
                    .doing = "sending " + name,
                    .headers = {{"Content-Type", "application/octet-stream"}},
                    .body = curl::FilePart{spool.fd(), 0, spool.bytes()}};
    auto answer = server_.ask(call);
    // A missing collection: 409 by RFC 4918, 404 by some.
    if (answer.status == 409 || is_missing(answer.status)) {
        server_.make_collection();
        answer = server_.ask(call);
    }
    if (!answer.is_good()) {
        throw server_.failure(call, answer);
    }
}

void WebdavRemote::require_size(const std::string& stored, std::uint64_t bytes,
                                const std::string& name)
{
    const auto there = size_of(stored);
    if (there == bytes || there == remote::unknown_bytes) {
        return;
    }
    discard(stored);
    throw Error{Error::Kind::corrupt,
                fmt::format("sending {}: {} bytes were sent, {} arrived", name, bytes,
                            there ? std::to_string(*there) : "none"),
                name};
}

bool WebdavRemote::move(const std::string& from, const std::string& to)
{
    for (;;) {
        const auto form = move_form_.load();
        if (form == MoveForm::none) {
            return false;
        }
        const Call call{.method = "MOVE",
                        .name = from,
                        .doing = "renaming what was sent to " + to,
                        .headers = {{"Overwrite", "T"}},
                        .to = to,
                        .form = form};
        const auto answer = server_.ask(call);
        switch (answer.status) {
        case 200:
        case 201:
        case 204:
            return true;
        case 400:
        case 502:
            move_form_ = form == MoveForm::absolute ? MoveForm::path : MoveForm::none;
            break;
        case 403:
        case 405:
        case 501:
            move_form_ = MoveForm::none;
            break;
        case 404:
            throw Error{Error::Kind::unreachable,
                        fmt::format("sending {}: what was sent has vanished at {}", to,
                                    server_.description()),
                        to};
        default:
            throw server_.failure(call, answer);
        }
    }
}

void WebdavRemote::put_in_place(const io::TempFile& spool, const std::string& name)
{
    send(spool, name);
    require_size(name, spool.bytes(), name);
}

void WebdavRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    if (move_form_ == MoveForm::none) {
        return put_in_place(spool, name);
    }
    const auto temporary = io::temporary_name(name);
    send(spool, temporary);
    require_size(temporary, spool.bytes(), name);
    bool has_moved = false;
    try {
        has_moved = move(temporary, name);
    } catch (const Error& error) {
        // Without an answer nobody knows under which name it is now.
        if (error.fact("status") != nullptr) {
            discard(temporary);
        }
        throw;
    }
    if (!has_moved) {
        discard(temporary);
        server_.options().notice(
            fmt::format("{} refuses to rename files, so they are written in place: while one is "
                        "being sent, others may see a part of it",
                        server_.description()));
        put_in_place(spool, name);
    }
}

/// What cannot be removed now is swept in a day.
void WebdavRemote::discard(const std::string& name) noexcept
{
    try {
        (void)server_.ask({.method = "DELETE", .name = name, .doing = "removing " + name});
    } catch (...) {
        return;
    }
}

void WebdavRemote::get(const std::string& name, io::Sink& sink)
{
    remote::check_name(name);
    CountingSink counting{sink};
    const Call call{.method = "GET", .name = name, .doing = "fetching " + name, .into = &counting};
    const auto answer = server_.ask(call);
    if (answer.status != 200 && answer.status != 204) {
        throw server_.failure(call, answer);
    }
    // Without a length the end of the connection looks like the end of the file.
    if (answer.content_bytes()) {
        return;
    }
    const auto bytes = size_of(name);
    if (bytes != remote::unknown_bytes && bytes != counting.bytes()) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("fetching {} at {}: {} bytes came of {}", name,
                                server_.description(), counting.bytes(), bytes.value_or(0)),
                    name};
    }
}

io::Bytes WebdavRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    remote::check_name(name);
    const Call none{.method = "GET", .name = name, .doing = "fetching a part of " + name};
    if (bytes == 0 || offset > offset_max) {
        if (!size_of(name)) {
            throw Error{Error::Kind::not_found, none.doing + ": it is not there", name};
        }
        return {};
    }
    const auto last = std::min<std::uint64_t>(bytes - 1, offset_max - offset) + offset;
    WindowSink window{offset, bytes};
    auto call = none;
    // Without an end where none can be meant: lighttpd takes such numbers for nonsense (seen).
    call.headers = {{"Range", last == offset_max ? fmt::format("bytes={}-", offset)
                                                 : fmt::format("bytes={}-{}", offset, last)}};
    call.into = &window;
    call.before_body = [&](const http::Answer& answer) {
        if (answer.status == 206) {
            window.begin_at_part();
        }
    };
    http::Answer answer;
    try {
        answer = server_.ask(call);
    } catch (const Enough&) {
        return window.take();
    }
    if (answer.status == 206 &&
        !answer.header("content-range").starts_with(fmt::format("bytes {}-", offset))) {
        throw Error{Error::Kind::unreachable, call.doing + ": the server sent another part", name};
    }
    // 416: the file ends before.
    if (answer.status != 200 && answer.status != 206 && answer.status != 416) {
        throw server_.failure(call, answer);
    }
    return window.take();
}

void WebdavRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, remote::check_name);
    for (const auto& name : names) {
        const Call call{.method = "DELETE", .name = name, .doing = "removing " + name};
        const auto answer = server_.ask(call);
        // 207 says that something below could not be removed.
        if ((!answer.is_good() || answer.status == 207) && !is_missing(answer.status)) {
            throw server_.failure(call, answer);
        }
    }
}

void WebdavRemote::rename(const std::string& from, const std::string& to)
{
    remote::check_name(from);
    remote::check_name(to);
    const auto form = move_form_.load();
    const Call call{.method = "MOVE",
                    .name = from,
                    .doing = fmt::format("renaming {} to {}", from, to),
                    .headers = {{"Overwrite", "F"}},
                    .to = to,
                    .form = form == MoveForm::none ? MoveForm::absolute : form};
    // Looked for, too, because of servers that do not know the header.
    const bool is_taken = size_of(to).has_value();
    const auto answer = is_taken ? http::Answer{} : server_.ask(call);
    if (is_taken || answer.status == 412) {
        throw Error{Error::Kind::invalid, call.doing + ": there is a file of that name already",
                    to};
    }
    if (!answer.is_good() || answer.status == 207) {
        throw server_.failure(call, answer);
    }
}

std::optional<std::uint64_t> WebdavRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    const auto answer = server_.find(name, "0", file_properties);
    if (is_missing(answer.status)) {
        return std::nullopt;
    }
    const auto resources = parse_multistatus(answer.text, name);
    if (resources.empty() || resources.front().is_collection) {
        return std::nullopt;
    }
    return resources.front().bytes.value_or(remote::unknown_bytes);
}

std::optional<std::uint64_t> WebdavRemote::free_bytes()
{
    const auto answer = server_.find({}, "0", "<D:quota-available-bytes/>");
    if (is_missing(answer.status)) {
        return std::nullopt;
    }
    const auto resources = parse_multistatus(answer.text, server_.description());
    return resources.empty() ? std::nullopt : resources.front().free_bytes;
}

std::unique_ptr<remote::Remote> open(const remote::Url& url, const remote::RemoteOptions& options)
{
    return std::make_unique<WebdavRemote>(url, options);
}

}  // namespace duplid::webdav
