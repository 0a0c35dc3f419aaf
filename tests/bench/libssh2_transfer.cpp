// One file to or from an sftp server through libssh2's own sftp functions: what duplid's own
// packets over the same library are measured against.
//
//   bench_libssh2 put|get HOST PORT USER PRIVATE_KEY LOCAL REMOTE BUFFER_BYTES
//
// libssh2 has as many requests under way as fit into the buffer it is given, so its size decides.
// The server's key is not looked at: it is a server of the benchmark's own.
#include "storage/io/fd.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <libssh2.h>
#include <libssh2_sftp.h>
#include <memory>
#include <netdb.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <vector>

using namespace duplid;

namespace {

constexpr const char* usage =
    "usage: bench_libssh2 put|get HOST PORT USER PRIVATE_KEY LOCAL REMOTE BUFFER_BYTES\n";
constexpr long file_mode = 0644;

struct FreeSession {
    void operator()(LIBSSH2_SESSION* session) const noexcept
    {
        libssh2_session_disconnect(session, "done");
        libssh2_session_free(session);
    }
};
struct FreeSftp {
    void operator()(LIBSSH2_SFTP* sftp) const noexcept { libssh2_sftp_shutdown(sftp); }
};
struct FreeHandle {
    void operator()(LIBSSH2_SFTP_HANDLE* handle) const noexcept { libssh2_sftp_close(handle); }
};

void require(bool good, const std::string& doing)
{
    if (!good) {
        throw std::runtime_error{doing + " failed"};
    }
}

io::Fd connect_to(const std::string& host, const std::string& port)
{
    addrinfo wanted{};
    wanted.ai_family = AF_INET;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    require(::getaddrinfo(host.c_str(), port.c_str(), &wanted, &found) == 0, "looking for " + host);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses{found, &::freeaddrinfo};
    io::Fd socket{::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    require(::connect(socket.get(), found->ai_addr, found->ai_addrlen) == 0, "connecting");
    return socket;
}

void put(LIBSSH2_SFTP_HANDLE* handle, const std::string& local, std::vector<std::byte>& buffer)
{
    const auto file = io::open_file(local, O_RDONLY);
    for (;;) {
        const auto got = io::read_full(file.get(), buffer, local);
        if (got == 0) {
            return;
        }
        for (std::size_t done = 0; done < got;) {
            const auto sent = libssh2_sftp_write(
                handle, reinterpret_cast<const char*>(buffer.data()) + done, got - done);
            require(sent > 0, "writing");
            done += static_cast<std::size_t>(sent);
        }
    }
}

void get(LIBSSH2_SFTP_HANDLE* handle, const std::string& local, std::vector<std::byte>& buffer)
{
    const auto file = io::open_file(local, O_WRONLY | O_CREAT | O_EXCL);
    for (;;) {
        const auto got =
            libssh2_sftp_read(handle, reinterpret_cast<char*>(buffer.data()), buffer.size());
        require(got >= 0, "reading");
        if (got == 0) {
            return;
        }
        io::write_full(file.get(), io::ByteView{buffer}.first(static_cast<std::size_t>(got)),
                       local);
    }
}

void run(const std::vector<std::string>& words)
{
    const auto& user = words[3];
    const auto& remote = words[6];
    const bool sends = words[0] == "put";
    std::vector<std::byte> buffer(std::stoul(words[7]));
    require(libssh2_init(0) == 0, "starting libssh2");
    const auto socket = connect_to(words[1], words[2]);
    const std::unique_ptr<LIBSSH2_SESSION, FreeSession> session{
        libssh2_session_init_ex(nullptr, nullptr, nullptr, nullptr)};
    require(session != nullptr, "making a session");
    require(libssh2_session_handshake(session.get(), socket.get()) == 0, "greeting the server");
    require(libssh2_userauth_publickey_fromfile_ex(session.get(), user.data(),
                                                   static_cast<unsigned>(user.size()), nullptr,
                                                   words[4].c_str(), nullptr) == 0,
            "logging in");
    const std::unique_ptr<LIBSSH2_SFTP, FreeSftp> sftp{libssh2_sftp_init(session.get())};
    require(sftp != nullptr, "beginning sftp");
    const unsigned long flags =
        sends ? LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC : LIBSSH2_FXF_READ;
    const std::unique_ptr<LIBSSH2_SFTP_HANDLE, FreeHandle> handle{
        libssh2_sftp_open_ex(sftp.get(), remote.data(), static_cast<unsigned>(remote.size()), flags,
                             file_mode, LIBSSH2_SFTP_OPENFILE)};
    require(handle != nullptr, "opening " + remote);
    if (sends) {
        put(handle.get(), words[5], buffer);
    } else {
        get(handle.get(), words[5], buffer);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 8 || (words[0] != "put" && words[0] != "get")) {
        fmt::print(stderr, usage);
        return 2;
    }
    try {
        run(words);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
