#include "storage/remote/ssh/sftp_client.hpp"

#include "storage/io/text.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace duplid::ssh {

namespace {

constexpr std::uint32_t version_wanted = 3;
// What every server takes: draft-ietf-secsh-filexfer-02, section 3.
constexpr std::size_t usual_piece_bytes = 32'768;
// OpenSSH offers 255 KiB; more per packet makes nothing faster.
constexpr std::size_t piece_bytes_max = std::size_t{255} << 10U;
constexpr std::size_t spare_max = 32;
constexpr std::size_t greeting_bytes_max = 256;
// For a server that brings a volume to its disk before it answers.
constexpr int slow_answer = 10;

Error::Kind kind_of(StatusCode code)
{
    switch (code) {
    case StatusCode::no_such_file:
        return Error::Kind::not_found;
    case StatusCode::permission_denied:
    case StatusCode::write_protect:
        return Error::Kind::denied;
    case StatusCode::no_space:
    case StatusCode::quota_exceeded:
        return Error::Kind::no_space;
    case StatusCode::unsupported:
    case StatusCode::file_already_exists:
        return Error::Kind::invalid;
    default:
        return Error::Kind::unreachable;
    }
}

}  // namespace

SftpClient::SftpClient(std::unique_ptr<Stream> stream, const remote::RemoteOptions& options,
                       std::string server)
    : stream_{std::move(stream)}, options_{options}, server_{std::move(server)},
      read_bytes_{usual_piece_bytes}, write_bytes_{usual_piece_bytes}, in_(packet_bytes_max * 2)
{
    greet();
    ask_limits();
}

void SftpClient::refuse_greeting(std::string_view words) const
{
    throw Error{
        Error::Kind::invalid,
        fmt::format("{} does not speak sftp: it says \"{}\"", server_, io::printable(words)),
        server_, "the account's shell must print nothing when it is not used by a person"};
}

void SftpClient::greet()
{
    PacketBuilder hello{{}, PacketType::init};
    hello.u32(version_wanted);
    send(std::move(hello));
    // Text of a login shell, read as a packet, is one of impossible length.
    const auto text = [this] {
        return io::text_of(io::ByteView{in_}.first(std::min(in_end_, greeting_bytes_max)));
    };
    try {
        const auto frame = receive_frame();
        if (frame.type != PacketType::version) {
            refuse_greeting(text());
        }
        PacketReader reader{frame.content};
        version_ = parse_version(reader);
    } catch (const Error& error) {
        // An end without a word has a reason that the stream knows.
        if (error.kind() == Error::Kind::cancelled || in_end_ == 0) {
            throw;
        }
        refuse_greeting(text());
    }
}

void SftpClient::ask_limits()
{
    if (!version_.has_limits) {
        return;
    }
    std::uint32_t id = 0;
    send(extended("limits@openssh.com", id));
    const auto reply = receive(id);
    if (reply.type != PacketType::extended_reply) {
        return;
    }
    PacketReader reader{reply.content};
    const auto limits = parse_limits(reader);
    const auto chosen = [](std::uint64_t offered) {
        return offered == 0 ? usual_piece_bytes
                            : static_cast<std::size_t>(
                                  std::clamp<std::uint64_t>(offered, 1, piece_bytes_max));
    };
    read_bytes_ = chosen(limits.read_bytes);
    write_bytes_ = chosen(limits.write_bytes);
}

PacketBuilder SftpClient::request(PacketType type, std::uint32_t& id)
{
    io::Bytes buffer;
    if (!spare_.empty()) {
        buffer = std::move(spare_.back());
        spare_.pop_back();
    }
    id = ++last_id_;
    ++unanswered_;
    PacketBuilder packet{std::move(buffer), type};
    packet.u32(id);
    return packet;
}

PacketBuilder SftpClient::extended(std::string_view name, std::uint32_t& id)
{
    auto packet = request(PacketType::extended, id);
    packet.text(name);
    return packet;
}

void SftpClient::send(PacketBuilder&& packet)
{
    out_.push_back(packet.finish());
    send_some();
}

void SftpClient::send_some()
{
    while (!out_.empty()) {
        auto& packet = out_.front();
        const auto sent = stream_->try_write(packet.view().subspan(sent_bytes_));
        if (sent == 0) {
            return;
        }
        sent_bytes_ += sent;
        if (sent_bytes_ == packet.bytes) {
            sent_bytes_ = 0;
            if (spare_.size() < spare_max) {
                spare_.push_back(std::move(packet.buffer));
            }
            out_.pop_front();
        }
    }
}

// Nothing when it has not come whole, after all was sent and read that could be without waiting.
std::optional<Frame> SftpClient::try_receive_frame()
{
    in_begin_ += std::exchange(in_frame_, 0);
    if (in_begin_ == in_end_) {
        in_begin_ = in_end_ = 0;
    }
    for (;;) {
        // A transfer that never has to wait could not be stopped otherwise.
        if (options_.stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "stopped on request", server_};
        }
        send_some();
        const auto received = io::ByteView{in_}.subspan(in_begin_, in_end_ - in_begin_);
        if (const auto frame = find_frame(received)) {
            in_frame_ = frame->bytes;
            return frame;
        }
        if (in_.size() - in_begin_ < frame_bytes(received)) {
            std::memmove(in_.data(), received.data(), received.size());
            in_begin_ = 0;
            in_end_ = received.size();
        }
        const auto got = stream_->try_read(io::ByteSpan{in_}.subspan(in_end_));
        if (!got) {
            return std::nullopt;
        }
        if (*got == 0) {
            stream_->fail_ended();
        }
        in_end_ += *got;
    }
}

Frame SftpClient::receive_frame()
{
    for (;;) {
        if (const auto frame = try_receive_frame()) {
            return *frame;
        }
        stream_->wait(!out_.empty());
    }
}

SftpClient::Reply SftpClient::receive()
{
    return reply_in(receive_frame());
}

SftpClient::Reply SftpClient::reply_in(const Frame& frame)
{
    PacketReader reader{frame.content};
    const auto id = reader.u32();
    --unanswered_;
    return {frame.type, id, frame.content.subspan(sizeof id)};
}

SftpClient::Reply SftpClient::receive(std::uint32_t id)
{
    const auto reply = receive();
    if (reply.id != id) {
        throw Error{Error::Kind::unreachable, server_ + " answers what nobody asked", server_};
    }
    return reply;
}

Error SftpClient::failure_of(const Status& status, const char* doing, const std::string& path) const
{
    const auto words = status.words.empty()
                           ? fmt::format("status {}", static_cast<std::uint32_t>(status.code))
                           : io::printable(status.words);
    return {kind_of(status.code), fmt::format("{} {} on {}: {}", doing, path, server_, words),
            path};
}

void SftpClient::expect_ok(const Status& status, const char* doing, const std::string& path) const
{
    if (status.code != StatusCode::ok) {
        throw failure_of(status, doing, path);
    }
}

Status SftpClient::receive_status(std::uint32_t id)
{
    const auto reply = receive(id);
    if (reply.type != PacketType::status) {
        throw Error{Error::Kind::unreachable, server_ + " gives an answer of the wrong kind",
                    server_};
    }
    PacketReader reader{reply.content};
    return parse_status(reader);
}

Attributes SftpClient::receive_attributes(std::uint32_t id, const char* doing,
                                          const std::string& path)
{
    const auto reply = receive(id);
    PacketReader reader{reply.content};
    if (reply.type == PacketType::attributes) {
        return parse_attributes(reader);
    }
    throw failure_of(reply.type == PacketType::status ? parse_status(reader) : Status{}, doing,
                     path);
}

std::string SftpClient::receive_handle(std::uint32_t id, const char* doing, const std::string& path)
{
    const auto reply = receive(id);
    PacketReader reader{reply.content};
    if (reply.type == PacketType::handle) {
        return reader.text();
    }
    throw failure_of(reply.type == PacketType::status ? parse_status(reader) : Status{}, doing,
                     path);
}

std::string SftpClient::open(const std::string& path, std::uint32_t flags)
{
    std::uint32_t id = 0;
    auto packet = request(PacketType::open, id);
    // Without attributes: the account's umask alone decides who may read it.
    send(std::move(packet.text(path).u32(flags).u32(0)));
    return receive_handle(id, (flags & open_flags::write) != 0 ? "making" : "opening", path);
}

Attributes SftpClient::finish(const std::string& handle, const std::string& path)
{
    std::uint32_t sync_id = 0;
    std::uint32_t stat_id = 0;
    std::uint32_t close_id = 0;
    if (version_.has_fsync) {
        auto sync = extended("fsync@openssh.com", sync_id);
        send(std::move(sync.text(handle)));
    }
    auto stat = request(PacketType::fstat, stat_id);
    send(std::move(stat.text(handle)));
    auto close = request(PacketType::close, close_id);
    send(std::move(close.text(handle)));

    stream_->be_patient(slow_answer);
    const auto synced = version_.has_fsync ? receive_status(sync_id) : Status{StatusCode::ok, {}};
    const auto attributes = receive_attributes(stat_id, "looking at", path);
    const auto closed = receive_status(close_id);
    stream_->be_patient(1);
    // Some file systems cannot be told to sync, which the server then says.
    if (synced.code != StatusCode::unsupported) {
        expect_ok(synced, "writing", path);
    }
    expect_ok(closed, "writing", path);
    return attributes;
}

void SftpClient::close(const std::string& handle, const std::string& path)
{
    std::uint32_t id = 0;
    auto packet = request(PacketType::close, id);
    send(std::move(packet.text(handle)));
    expect_ok(receive_status(id), "closing", path);
}

Attributes SftpClient::fstat(const std::string& handle, const std::string& path)
{
    std::uint32_t id = 0;
    auto packet = request(PacketType::fstat, id);
    send(std::move(packet.text(handle)));
    return receive_attributes(id, "looking at", path);
}

std::optional<Attributes> SftpClient::stat(const std::string& path)
{
    std::uint32_t id = 0;
    auto packet = request(PacketType::stat, id);
    send(std::move(packet.text(path)));
    try {
        return receive_attributes(id, "looking at", path);
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::not_found) {
            return std::nullopt;
        }
        throw;
    }
}

std::vector<NameEntry> SftpClient::list(const std::string& directory)
{
    std::uint32_t id = 0;
    auto opening = request(PacketType::opendir, id);
    send(std::move(opening.text(directory)));
    const auto handle = receive_handle(id, "listing", directory);
    std::vector<NameEntry> all;
    for (;;) {
        auto packet = request(PacketType::readdir, id);
        send(std::move(packet.text(handle)));
        const auto reply = receive(id);
        PacketReader reader{reply.content};
        if (reply.type != PacketType::name) {
            const auto status = reply.type == PacketType::status ? parse_status(reader) : Status{};
            close(handle, directory);
            if (status.code != StatusCode::eof) {
                throw failure_of(status, "listing", directory);
            }
            return all;
        }
        auto entries = parse_names(reader);
        std::move(entries.begin(), entries.end(), std::back_inserter(all));
    }
}

bool SftpClient::remove(const std::string& path)
{
    std::uint32_t id = 0;
    auto packet = request(PacketType::remove, id);
    send(std::move(packet.text(path)));
    const auto status = receive_status(id);
    if (status.code == StatusCode::no_such_file) {
        return false;
    }
    expect_ok(status, "removing", path);
    return true;
}

void SftpClient::make_directory(const std::string& path)
{
    std::uint32_t id = 0;
    auto packet = request(PacketType::mkdir, id);
    send(std::move(packet.text(path).u32(0)));
    expect_ok(receive_status(id), "making directory", path);
}

Status SftpClient::rename(const std::string& from, const std::string& to)
{
    std::uint32_t id = 0;
    auto packet = request(PacketType::rename, id);
    send(std::move(packet.text(from).text(to)));
    return receive_status(id);
}

void SftpClient::replace(const std::string& from, const std::string& to)
{
    std::uint32_t id = 0;
    auto packet = extended("posix-rename@openssh.com", id);
    send(std::move(packet.text(from).text(to)));
    expect_ok(receive_status(id), "renaming to", to);
}

std::uint64_t SftpClient::free_bytes(const std::string& path)
{
    std::uint32_t id = 0;
    auto packet = extended("statvfs@openssh.com", id);
    send(std::move(packet.text(path)));
    const auto reply = receive(id);
    PacketReader reader{reply.content};
    if (reply.type == PacketType::extended_reply) {
        return parse_free_bytes(reader);
    }
    throw failure_of(reply.type == PacketType::status ? parse_status(reader) : Status{},
                     "asking for the room at", path);
}

}  // namespace duplid::ssh
