#include "tests/support/loopback_server.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <csignal>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace duplid::support {

namespace {

template <auto function>
struct Free {
    template <typename T>
    void operator()(T* object) const noexcept
    {
        function(object);
    }
};
using Tunnel = std::unique_ptr<SSL, Free<SSL_free>>;

void require(bool fine, const char* what)
{
    if (!fine) {
        throw std::runtime_error{std::string{"loopback server: "} + what};
    }
}

// One connection, in clear or not.
class Stream {
public:
    Stream(int socket, SSL_CTX* tls) : socket_{socket}
    {
        if (tls != nullptr) {
            tunnel_.reset(SSL_new(tls));
            SSL_set_fd(tunnel_.get(), socket);
            is_open_ = SSL_accept(tunnel_.get()) == 1;
        }
    }

    /// Appends what comes next; false at the end.
    bool read_some(std::string& into)
    {
        std::array<char, 65536> buffer{};
        const auto got =
            !is_open_ ? 0
            : tunnel_ ? SSL_read(tunnel_.get(), buffer.data(), static_cast<int>(buffer.size()))
                      : static_cast<int>(::recv(socket_, buffer.data(), buffer.size(), 0));
        if (got <= 0) {
            return false;
        }
        into.append(buffer.data(), static_cast<std::size_t>(got));
        return true;
    }

    void write(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const auto put =
                tunnel_
                    ? SSL_write(tunnel_.get(), bytes.data(), static_cast<int>(bytes.size()))
                    : static_cast<int>(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
            if (put <= 0) {
                return;
            }
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
    }

private:
    int socket_;
    Tunnel tunnel_;
    bool is_open_ = true;
};

std::size_t content_bytes(std::string_view head)
{
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = head.find(name);
    std::size_t bytes = 0;
    if (at != std::string_view::npos) {
        const auto value = head.substr(at + name.size());
        std::from_chars(value.data(), value.data() + value.size(), bytes);
    }
    return bytes;
}

}  // namespace

void LoopbackServer::FreeContext::operator()(ssl_ctx_st* context) const noexcept
{
    SSL_CTX_free(context);
}

LoopbackServer::LoopbackServer(Handler handler, Tls tls) : handler_{std::move(handler)}
{
    if (tls == Tls::yes) {
        // OpenSSL writes to sockets whose other end has gone, without a word against the signal.
        ::signal(SIGPIPE, SIG_IGN);
        make_certificate();
    }
    listener_ = io::Fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const general = reinterpret_cast<sockaddr*>(&address);
    socklen_t bytes = sizeof address;
    require(::bind(listener_.get(), general, bytes) == 0, "bind");
    require(::listen(listener_.get(), 16) == 0, "listen");
    require(::getsockname(listener_.get(), general, &bytes) == 0, "getsockname");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread{[this] { accept_all(); }};
}

LoopbackServer::~LoopbackServer()
{
    ended_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard guard{mutex_};
        for (const int socket : open_) {
            ::shutdown(socket, SHUT_RDWR);
        }
    }
    threads_.clear();
}

std::string LoopbackServer::url() const
{
    return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_);
}

std::vector<LoopbackServer::Seen> LoopbackServer::seen() const
{
    const std::lock_guard guard{mutex_};
    return seen_;
}

void LoopbackServer::make_certificate()
{
    const std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> key{EVP_EC_gen("P-256")};
    const std::unique_ptr<X509, Free<X509_free>> certificate{X509_new()};
    auto* const one = certificate.get();
    require(key && one != nullptr, "no key");
    X509_set_version(one, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(one), 1);
    X509_gmtime_adj(X509_getm_notBefore(one), -3600);
    X509_gmtime_adj(X509_getm_notAfter(one), 24L * 3600);
    X509_set_pubkey(one, key.get());
    auto* const name = X509_get_subject_name(one);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("loopback"), -1, -1, 0);
    X509_set_issuer_name(one, name);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> where{
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1")};
    require(X509_add_ext(one, where.get(), -1) == 1, "no extension");
    require(X509_sign(one, key.get(), EVP_sha256()) > 0, "no signature");

    const std::unique_ptr<BIO, Free<BIO_free_all>> text{BIO_new(BIO_s_mem())};
    PEM_write_bio_X509(text.get(), one);
    char* bytes = nullptr;
    const auto count = BIO_get_mem_data(text.get(), &bytes);
    certificate_.assign(bytes, static_cast<std::size_t>(count));

    tls_.reset(SSL_CTX_new(TLS_server_method()));
    require(SSL_CTX_use_certificate(tls_.get(), one) == 1, "certificate not taken");
    require(SSL_CTX_use_PrivateKey(tls_.get(), key.get()) == 1, "key not taken");
}

void LoopbackServer::accept_all()
{
    for (unsigned number = 1;; ++number) {
        const int socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0 || ended_) {
            const io::Fd last{socket};
            return;
        }
        {
            const std::lock_guard guard{mutex_};
            open_.push_back(socket);
        }
        threads_.emplace_back([this, socket, number] {
            serve(socket, number);
            const std::lock_guard guard{mutex_};
            std::erase(open_, socket);
            ::close(socket);
        });
    }
}

void LoopbackServer::serve(int socket, unsigned connection)
{
    constexpr std::string_view end_of_head = "\r\n\r\n";
    Stream stream{socket, tls_.get()};
    std::string got;
    for (;;) {
        Seen seen{.head = {}, .body = {}, .connection = connection};
        auto end = got.find(end_of_head);
        while (end == std::string::npos) {
            if (!stream.read_some(got)) {
                return;
            }
            end = got.find(end_of_head);
        }
        seen.head = got.substr(0, end);
        got.erase(0, end + end_of_head.size());
        if (says_continue_ && seen.head.find("\r\nExpect: 100-continue") != std::string::npos) {
            stream.write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        const auto bytes = content_bytes(seen.head);
        while (got.size() < bytes) {
            if (!stream.read_some(got)) {
                return;
            }
        }
        seen.body = got.substr(0, bytes);
        got.erase(0, bytes);
        {
            const std::lock_guard guard{mutex_};
            seen_.push_back(seen);
        }
        const auto reply = handler_(seen);
        stream.write(reply.bytes);
        if (reply.stall) {
            while (stream.read_some(got)) {
            }
        }
        if (reply.close || reply.stall) {
            return;
        }
    }
}

}  // namespace duplid::support
