// What the ssh program of OpenSSH 9.2 wrote to standard error, seen with -v and cut to what counts.
#include "storage/remote/ssh/login.hpp"
#include "storage/remote/ssh/program.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace duplid;
using namespace duplid::ssh;

namespace {

Settings settings()
{
    Settings settings;
    settings.host = settings.known_as = settings.url_host = "box";
    return settings;
}

const std::string greeting = "OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025\r\n"
                             "debug1: Connecting to box [192.0.2.1] port 22.\r\n"
                             "debug1: Server host key: ssh-ed25519 SHA256:abc+def\r\n";

}  // namespace

TEST_CASE("what ssh says of itself under -v is not its message")
{
    CHECK(essential_words(greeting + "me@box: Permission denied (publickey).\r\n"
                                     "debug1: more\r\n") ==
          "me@box: Permission denied (publickey).");
    CHECK(essential_words("one\ntwo\x1b[m\n\n") == "one; two\\x1b[m");
}

TEST_CASE("what ssh says has a kind, and keys their fingerprint")
{
    struct Row {
        std::string words;
        Error::Kind kind;
        std::string part;
    };
    for (const auto& row :
         {Row{"Host key verification failed.\r\n", Error::Kind::denied, "SHA256:abc+def"},
          Row{"@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n"
              "Offending ED25519 key in /kh:7\r\nHost key verification failed.\r\n",
              Error::Kind::denied, "/kh:7"},
          Row{"me@box: Permission denied (publickey).\r\n", Error::Kind::denied, "publickey"},
          Row{"command-line: line 0: Bad configuration option: nonsense\r\n", Error::Kind::invalid,
              "nonsense"},
          Row{"ssh: connect to host box port 22: Connection refused\r\n", Error::Kind::unreachable,
              "refused"},
          Row{"", Error::Kind::unreachable, "ended the connection"}}) {
        CAPTURE(row.words);
        const auto error = error_from_words(settings(), greeting + row.words);
        CHECK(error.kind() == row.kind);
        CHECK(std::string{error.what()}.find(row.part) != std::string::npos);
    }
}

TEST_CASE("the type of a private key is told by its file, or the one beside it")
{
    // The front of files that ssh-keygen of OpenSSH 9.2 made: -t ed25519 with a passphrase, -t rsa.
    CHECK(key_type_of("-----BEGIN OPENSSH PRIVATE KEY-----\n"
                      "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABCljVO2NM\n"
                      "/eQbcmMPl14UA3AAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIE5XabwNpge/MCRJ\n",
                      "") == "ssh-ed25519");
    CHECK(key_type_of("-----BEGIN RSA PRIVATE KEY-----\n", "") == "ssh-rsa");
    CHECK(key_type_of("-----BEGIN OPENSSH PRIVATE KEY-----\n"
                      "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAABFwAAAAdzc2gtcn\n"
                      "NhAAAAAwEAAQAAAQEA\n",
                      "") == "ssh-rsa");
    CHECK(key_type_of("x", "ecdsa-sha2-nistp256 AAAA me\n") == "ecdsa-sha2-nistp256");
    CHECK(key_type_of("no key", "").empty());
}
