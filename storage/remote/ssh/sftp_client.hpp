// SFTP version 3 as its client: requests and their replies over one stream.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/ssh/packet.hpp"
#include "storage/remote/ssh/stream.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duplid::ssh {

/// One thread at a time. After an Error unreachable or cancelled the connection is of no use.
///
/// Paths are the server's, bytes as they are. Throws, all functions: Error, by failure_of() for
/// what the server refuses, unreachable for a broken connection.
class SftpClient {
public:
    /// Greets the server and learns what it offers. `server` names it in messages; `options`
    /// outlives this object. Throws: Error; invalid when something else than an sftp server
    /// answers; NoSftp.
    SftpClient(std::unique_ptr<Stream> stream, const remote::RemoteOptions& options,
               std::string server);

    [[nodiscard]] const Version& version() const noexcept { return version_; }
    /// Whether nothing is under way and the connection stands: it may be used again.
    [[nodiscard]] bool is_idle() { return unanswered_ == 0 && out_.empty() && !stream_->is_dead(); }

    /// A handle. `flags` are open_flags.
    [[nodiscard]] std::string open(const std::string& path, std::uint32_t flags);
    /// Its bytes [0, bytes) are written from the same bytes of `fd`, many packets under way at
    /// once.
    void write(const std::string& handle, int fd, std::uint64_t bytes, const std::string& path);
    /// Forces it to the server's disk where the server offers that, tells its size and closes it.
    [[nodiscard]] Attributes finish(const std::string& handle, const std::string& path);
    void close(const std::string& handle, const std::string& path);
    [[nodiscard]] Attributes fstat(const std::string& handle, const std::string& path);
    /// The bytes [offset, end) of an open file to `sink`, in order, fewer where it ends. How many.
    std::uint64_t read(const std::string& handle, std::uint64_t offset, std::uint64_t end,
                       io::Sink& sink, const std::string& path);

    /// Nothing when there is no such file.
    [[nodiscard]] std::optional<Attributes> stat(const std::string& path);
    [[nodiscard]] std::vector<NameEntry> list(const std::string& directory);
    /// False when it was not there.
    bool remove(const std::string& path);
    void make_directory(const std::string& path);
    /// RENAME of version 3: most servers refuse to replace a file by it.
    [[nodiscard]] Status rename(const std::string& from, const std::string& to);
    /// Replaces `to` at once. Only when version().has_posix_rename.
    void replace(const std::string& from, const std::string& to);
    /// Only when version().has_statvfs.
    [[nodiscard]] std::uint64_t free_bytes(const std::string& path);

private:
    struct Reply {
        PacketType type;
        std::uint32_t id;
        io::ByteView content;  ///< until the next receive()
    };

    [[nodiscard]] PacketBuilder request(PacketType type, std::uint32_t& id);
    [[nodiscard]] PacketBuilder extended(std::string_view name, std::uint32_t& id);
    void send(PacketBuilder&& packet);
    void send_some();
    [[nodiscard]] std::optional<Frame> try_receive_frame();
    [[nodiscard]] Frame receive_frame();
    [[nodiscard]] Reply reply_in(const Frame& frame);
    [[nodiscard]] Reply receive();
    [[nodiscard]] Reply receive(std::uint32_t id);
    void greet();
    void ask_limits();
    [[noreturn]] void refuse_greeting(std::string_view words) const;
    [[nodiscard]] Status receive_status(std::uint32_t id);
    [[nodiscard]] Attributes receive_attributes(std::uint32_t id, const char* doing,
                                                const std::string& path);
    [[nodiscard]] std::string receive_handle(std::uint32_t id, const char* doing,
                                             const std::string& path);
    void expect_ok(const Status& status, const char* doing, const std::string& path) const;
    [[nodiscard]] Error failure_of(const Status& status, const char* doing,
                                   const std::string& path) const;
    [[nodiscard]] std::size_t piece_bytes(std::size_t usual, const remote::RateLimit* limit) const;
    friend class Download;

    std::unique_ptr<Stream> stream_;
    const remote::RemoteOptions& options_;
    std::string server_;
    Version version_;
    std::size_t read_bytes_;
    std::size_t write_bytes_;
    std::uint32_t last_id_ = 0;
    std::uint32_t unanswered_ = 0;

    std::deque<Packet> out_;      ///< those that are not yet sent
    std::size_t sent_bytes_ = 0;  ///< of the first of them
    std::vector<io::Bytes> spare_;

    io::Bytes in_;
    std::size_t in_begin_ = 0;
    std::size_t in_end_ = 0;
    std::size_t in_frame_ = 0;  ///< bytes of the packet that was handed out last
};

}  // namespace duplid::ssh
