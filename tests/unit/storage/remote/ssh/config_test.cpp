#include "storage/io/error.hpp"
#include "storage/remote/command/child.hpp"
#include "storage/remote/ssh/config.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace duplid;
using namespace duplid::ssh;

namespace {

Config read(const std::string& text, const std::string& host = "box",
            const std::map<std::string, std::string>& files = {})
{
    Config config;
    ConfigSources sources;
    sources.host = host;
    sources.home = "/home/me";
    sources.read = [&](const std::string& path) {
        const auto found = files.find(path);
        return found == files.end() ? std::nullopt : std::optional{found->second};
    };
    sources.find = [](const std::string& pattern) { return std::vector{pattern}; };
    apply_file(config, sources, text, "/home/me/.ssh/config", "/home/me/.ssh");
    return config;
}

}  // namespace

TEST_CASE("the first value of an option counts, and only lines for the host")
{
    const auto config = read("# comment\n"
                             "User first\n"
                             "Host other *.example\n"
                             "  Port 1\n"
                             "Host b?x !bax\n"
                             "\tPort=2222\r\n"
                             "  user second\n"
                             "  HostName = \"real host\"\n"
                             "  IdentityFile ~/a\n"
                             "Host *\n"
                             "  Port 3\n"
                             "  IdentityFile ~/b\n");
    CHECK(config.user == "first");
    CHECK(config.port == "2222");
    CHECK(config.host_name == "real host");
    CHECK(config.identity_files == std::vector<std::string>{"~/a", "~/b"});
    CHECK_FALSE(config.beyond_us.has_value());
    CHECK(read("Host b?x !bax\nPort 1\n", "bax").port == std::nullopt);
}

TEST_CASE("files are included where they are named")
{
    const auto config = read("Include sub ~/mine\nHost none\nInclude never\n", "box",
                             {{"/home/me/.ssh/sub", "Port 1\n"},
                              {"/home/me/mine", "Port 2\nUser u\n"},
                              {"/home/me/.ssh/never", "User v\nHostName w\n"}});
    CHECK(config.port == "1");
    CHECK(config.user == "u");
    CHECK(config.host_name == std::nullopt);
    CHECK_THROWS_AS((void)read("Include self\n", "box", {{"/home/me/.ssh/self", "Include self\n"}}),
                    Error);
}

TEST_CASE("what only the ssh program can do is named with its place")
{
    CHECK(read("Host *\n  ProxyJump gate\n").beyond_us == "ProxyJump in /home/me/.ssh/config:2");
    CHECK(read("Match exec \"true\"\n  User x\n").user == std::nullopt);
    CHECK(read("Match exec \"true\"\n").beyond_us.has_value());
    CHECK(read("CertificateFile ~/x\n").beyond_us.has_value());
    CHECK(read("NobodyKnows yes\n").beyond_us.has_value());
    // Switched off, or without effect here; Debian's own file has these.
    CHECK_FALSE(read("ProxyJump none\nProxyCommand none\nMatch all\nSendEnv LANG LC_*\n"
                     "HashKnownHosts yes\nGSSAPIAuthentication yes\nForwardAgent yes\n")
                    .beyond_us.has_value());
}

TEST_CASE("where ciphers are chosen, or may be, that is known")
{
    CHECK_FALSE(
        read("Host *\n  Compression yes\nHost other\n  Ciphers aes256-ctr\n").are_ciphers_chosen);
    CHECK(read("ciphers=+aes256-cbc\n").are_ciphers_chosen);
    CHECK(read("Match user me\n  Ciphers aes256-ctr\n").are_ciphers_chosen);
    for (const auto* const words : {"-oCiphers=aes256-ctr", "-c aes256-ctr", "-Cc aes256-ctr"}) {
        Config config;
        CHECK(apply_words(config, command::split_words(words)) == std::nullopt);
        CHECK(config.are_ciphers_chosen);
    }
    Config other;
    CHECK(apply_words(other, {"-C", "-oPort=22"}) == std::nullopt);
    CHECK_FALSE(other.are_ciphers_chosen);
}

TEST_CASE("a line that makes no sense is refused with its number")
{
    try {
        (void)read("\n\nPort\n");
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::invalid);
        CHECK(std::string{error.what()}.find("config:3") != std::string::npos);
    }
    CHECK_THROWS_AS((void)read("HostName \"open\n"), Error);
}

TEST_CASE("words of --ssh-options are taken as ssh takes them")
{
    Config config;
    const auto file = apply_words(
        config, command::split_words("-oPort=22 -o 'User me' -i /a -i'/b c' -p 23 -C -4 -F /conf "
                                     "-oUserKnownHostsFile=\"/x y\" -vv"));
    CHECK(config.port == "22");
    CHECK(config.user == "me");
    CHECK(config.identity_files == std::vector<std::string>{"/a", "/b c"});
    CHECK(config.compression == "yes");
    CHECK(config.address_family == "inet");
    CHECK(config.user_known_hosts == "/x y");
    CHECK(file == "/conf");
    CHECK_FALSE(config.beyond_us.has_value());

    Config jump;
    CHECK(apply_words(jump, {"-J", "gate"}) == std::nullopt);
    CHECK(jump.beyond_us == "-J in --ssh-options");
    Config none;
    CHECK_THROWS_AS((void)apply_words(none, {"host"}), Error);
    CHECK_THROWS_AS((void)apply_words(none, {"-i"}), Error);
    CHECK_THROWS_AS((void)apply_words(none, {"-oPort"}), Error);
}

TEST_CASE("patterns mean what ssh_config(5) says")
{
    struct Row {
        std::string host;
        std::vector<std::string> patterns;
        bool expected;
    };
    for (const auto& row :
         {Row{"a.example", {"*.example"}, true}, Row{"a.example", {"*"}, true},
          Row{"a.example", {"A.EXAMPLE"}, true}, Row{"a.example", {"?.example"}, true},
          Row{"ab.example", {"?.example"}, false}, Row{"a.example", {"*.example", "!a.*"}, false},
          Row{"a.example", {"!b"}, false}, Row{"", {"*"}, true}, Row{"", {"?"}, false},
          Row{"aXbXc", {"a*b*c"}, true}, Row{"aXbXd", {"a*b*c"}, false}, Row{"x", {}, false}}) {
        CAPTURE(row.host);
        CAPTURE(row.patterns);
        CHECK(matches_patterns(row.host, row.patterns) == row.expected);
    }
}
