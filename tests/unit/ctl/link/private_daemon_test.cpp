// Goal: what a private daemon inherits. Method: a shell script in its place writes down what it
// sees.
#include "ctl/link/private_daemon.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/secrets/secrets.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

using namespace duplid;

namespace {

class Folder {
public:
    Folder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "duplictl-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string operator/(const char* name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

std::string script(const Folder& folder, const std::string& body)
{
    auto path = folder / "duplid";
    std::ofstream{path} << "#!/bin/sh\n" << body;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}

std::string content(const std::string& path)
{
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a private daemon gets the control socket as 3, and no other descriptor but 0, 1 and 2")
{
    const Folder folder;
    // Not close-on-exec on purpose: it is the caller's, who forgot it.
    const ctl::Fd stray{::open("/dev/null", O_RDONLY)};
    {
        // The directory is read by ls itself, through one more descriptor: hence 4.
        ctl::PrivateDaemon daemon{script(folder, "ls /proc/self/fd > " + (folder / "fds") +
                                                     "\necho \"$@\" > " + (folder / "args") +
                                                     "\ncat <&3 > /dev/null\n")};
        const auto socket = daemon.take_socket();
        CHECK(socket.is_open());
    }
    CHECK(content(folder / "fds") == "0\n1\n2\n3\n4\n");
    CHECK(content(folder / "args") == "--private\n");
}

TEST_CASE("a private daemon has the caller's environment without the secrets in it")
{
    const Folder folder;
    ::setenv("PASSPHRASE", "one-secret", 1);
    ::setenv("SIGN_PASSPHRASE", "two-secret", 1);
    ::setenv("FTP_PASSWORD", "three-secret", 1);
    ::setenv("PASSPHRASES", "kept", 1);
    {
        ctl::PrivateDaemon daemon{script(folder, "env > " + (folder / "env") + "\n")};
    }
    const auto environment = content(folder / "env");
    CHECK(environment.find("secret") == std::string::npos);
    CHECK(environment.find("PASSPHRASES=kept") != std::string::npos);
    for (const char* name : {"PASSPHRASE", "SIGN_PASSPHRASE", "FTP_PASSWORD", "PASSPHRASES"}) {
        ::unsetenv(name);
    }
}

TEST_CASE("secrets are taken out of the environment and its memory")
{
    ::setenv("PASSPHRASE", "one-secret", 1);
    ::setenv("SIGN_PASSPHRASE", "", 1);
    const char* const memory = ::getenv("PASSPHRASE");
    const auto secrets = ctl::take_environment_secrets();
    CHECK(secrets.passphrase.reveal() == "one-secret");
    CHECK(secrets.sign_passphrase.is_set());
    CHECK(secrets.sign_passphrase.reveal().empty());
    CHECK(::getenv("PASSPHRASE") == nullptr);
    CHECK(std::string_view{memory, 10} == std::string_view{"\0\0\0\0\0\0\0\0\0\0", 10});
    CHECK_FALSE(ctl::take_environment_secrets().passphrase.is_set());
}

TEST_CASE("how a private daemon ended can be told")
{
    const Folder folder;
    {
        ctl::PrivateDaemon daemon{script(folder, "kill -9 $$\n")};
        CHECK(daemon.ending() == "killed by signal 9 (Killed)");
    }
    ctl::PrivateDaemon daemon{script(folder, "exit 7\n")};
    CHECK(daemon.ending() == "exit status 7");
}

TEST_CASE("a daemon that cannot be started is named")
{
    const Folder folder;
    try {
        const ctl::PrivateDaemon daemon{folder / "missing"};
        FAIL("started");
    } catch (const ctl::Failure& failure) {
        CHECK(failure.error().object == folder / "missing");
        CHECK(failure.error().kind == proto::ErrorKind::unreachable);
    }
}
