// The bytes of files: many requests under way at once, so that neither the time to the server nor
// its disk makes a transfer slow.
#include "storage/remote/ssh/sftp_client.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <unistd.h>
#include <unordered_map>
#include <unordered_set>

namespace duplid::ssh {

namespace {

constexpr std::uint64_t window_bytes = std::uint64_t{4} << 20U;
constexpr std::size_t requests_max = 64;
// A limit of rate is kept smoothly by small pieces.
constexpr std::size_t limited_bytes = std::size_t{16} << 10U;
constexpr std::size_t limited_requests = 4;

std::size_t requests_for(std::size_t piece)
{
    return piece <= limited_bytes
               ? limited_requests
               : std::min<std::size_t>(requests_max,
                                       static_cast<std::size_t>(window_bytes / piece));
}

void fill_from(int fd, io::ByteSpan into, std::uint64_t offset, const std::string& path)
{
    while (!into.empty()) {
        const auto got = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw system_error(errno, "reading what is to be sent as", path);
        }
        if (got == 0) {
            throw Error{Error::Kind::internal, "a file became shorter while it was sent", path};
        }
        into = into.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
}

}  // namespace

std::size_t SftpClient::piece_bytes(std::size_t usual, const remote::RateLimit* limit) const
{
    return limit != nullptr && limit->get() != 0 ? std::min(usual, limited_bytes) : usual;
}

void SftpClient::write(const std::string& handle, int fd, std::uint64_t bytes,
                       const std::string& path)
{
    auto* const limit = options_.limits ? &options_.limits->up : nullptr;
    std::unordered_set<std::uint32_t> under_way;
    std::optional<Status> refused;
    std::uint64_t at = 0;
    while (at < bytes || !under_way.empty()) {
        const auto piece = piece_bytes(write_bytes_, limit);
        const bool has_room = at < bytes && under_way.size() < requests_for(piece);
        // One packet at a time, in a buffer that the processor still has at hand: those that had to
        // wait for their turn would be read from memory again.
        if (has_room && out_.empty()) {
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(piece, bytes - at));
            if (limit != nullptr) {
                limit->take(count, options_.stop);
            }
            std::uint32_t id = 0;
            auto packet = request(PacketType::write, id);
            packet.text(handle).u64(at);
            fill_from(fd, packet.space(count), at, path);
            send(std::move(packet));
            under_way.insert(id);
            at += count;
            continue;
        }
        const auto frame = try_receive_frame();
        if (!frame) {
            if (!has_room || !out_.empty()) {
                stream_->wait(!out_.empty());
            }
            continue;
        }
        const auto reply = reply_in(*frame);
        if (under_way.erase(reply.id) == 0 || reply.type != PacketType::status) {
            throw Error{Error::Kind::unreachable, server_ + " answers what nobody asked", server_};
        }
        PacketReader reader{reply.content};
        auto status = parse_status(reader);
        if (status.code != StatusCode::ok && !refused) {
            // What is under way is waited for, so that the connection can still be used.
            refused = std::move(status);
            at = bytes;
        }
    }
    if (refused) {
        throw failure_of(*refused, "writing", path);
    }
}

/// One file on its way here: answers come in any order, and may be shorter than asked for.
class Download {
public:
    Download(SftpClient& client, const std::string& handle, const std::string& path,
             std::uint64_t offset, std::uint64_t end, io::Sink& sink)
        : client_{client}, handle_{handle}, path_{path}, ask_at_{offset}, give_at_{offset},
          end_{end}, sink_{sink}
    {
    }

    void run()
    {
        auto* const limit = client_.options_.limits ? &client_.options_.limits->down : nullptr;
        while (give_at_ < end_ || !asked_.empty()) {
            const auto piece = client_.piece_bytes(client_.read_bytes_, limit);
            if (ask_at_ < end_ && asked_.size() + early_.size() < requests_for(piece)) {
                const auto count =
                    static_cast<std::size_t>(std::min<std::uint64_t>(piece, end_ - ask_at_));
                ask(ask_at_, count);
                ask_at_ += count;
                continue;
            }
            take(limit);
        }
    }

private:
    struct Range {
        std::uint64_t offset;
        std::size_t bytes;
    };

    void ask(std::uint64_t offset, std::size_t bytes)
    {
        std::uint32_t id = 0;
        auto packet = client_.request(PacketType::read, id);
        packet.text(handle_).u64(offset).u32(static_cast<std::uint32_t>(bytes));
        client_.send(std::move(packet));
        asked_.emplace(id, Range{offset, bytes});
    }

    void take(remote::RateLimit* limit)
    {
        const auto reply = client_.receive();
        const auto found = asked_.find(reply.id);
        if (found == asked_.end()) {
            throw Error{Error::Kind::unreachable, client_.server_ + " answers what nobody asked",
                        client_.server_};
        }
        const auto range = found->second;
        asked_.erase(found);
        PacketReader reader{reply.content};
        if (reply.type == PacketType::status) {
            const auto status = parse_status(reader);
            if (status.code != StatusCode::eof) {
                throw client_.failure_of(status, "reading", path_);
            }
            end_ = std::min(end_, range.offset);
            return;
        }
        if (reply.type != PacketType::data) {
            throw client_.failure_of(Status{}, "reading", path_);
        }
        const auto bytes = reader.bytes();
        if (bytes.empty() || bytes.size() > range.bytes) {
            throw Error{Error::Kind::unreachable,
                        client_.server_ + " sends another number of bytes than was asked for",
                        path_};
        }
        if (limit != nullptr) {
            limit->take(bytes.size(), client_.options_.stop);
        }
        if (range.offset == give_at_) {
            give(bytes);
        } else {
            early_.emplace(range.offset, io::Bytes{bytes.begin(), bytes.end()});
        }
        if (bytes.size() < range.bytes) {
            ask(range.offset + bytes.size(), range.bytes - bytes.size());
        }
    }

    void give(io::ByteView bytes)
    {
        sink_.write(bytes);
        give_at_ += bytes.size();
        for (auto next = early_.begin(); next != early_.end() && next->first == give_at_;
             next = early_.erase(next)) {
            sink_.write(next->second);
            give_at_ += next->second.size();
        }
    }

    SftpClient& client_;
    const std::string& handle_;
    const std::string& path_;
    std::uint64_t ask_at_;
    std::uint64_t give_at_;
    std::uint64_t end_;
    io::Sink& sink_;
    std::unordered_map<std::uint32_t, Range> asked_;
    std::map<std::uint64_t, io::Bytes> early_;

public:
    [[nodiscard]] std::uint64_t given_up_to() const noexcept { return give_at_; }
};

std::uint64_t SftpClient::read(const std::string& handle, std::uint64_t offset, std::uint64_t end,
                               io::Sink& sink, const std::string& path)
{
    Download download{*this, handle, path, offset, end, sink};
    download.run();
    return download.given_up_to() - offset;
}

}  // namespace duplid::ssh
