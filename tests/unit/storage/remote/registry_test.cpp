#include "storage/remote/registry.hpp"

#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <string>

using namespace duplid;

namespace {

Error failure_of(const char* url)
{
    try {
        (void)remote::open(url, {});
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error{"nothing was thrown"};
}

}  // namespace

TEST_CASE("a file URL opens a directory, which is made with its parents")
{
    const io::TempDirectory directory;
    const auto remote = remote::open("file://" + directory.path() + "/a/b", {});
    CHECK(std::filesystem::is_directory(directory.path() + "/a/b"));
    CHECK(remote->description() == "file://" + directory.path() + "/a/b");
}

TEST_CASE("a relative file URL is below the given working directory, and refused without one")
{
    const io::TempDirectory directory;
    (void)remote::open("file://a/b", {.working_directory = directory.path()});
    CHECK(std::filesystem::is_directory(directory.path() + "/a/b"));
    CHECK(failure_of("file://a/b").kind() == Error::Kind::invalid);
}

TEST_CASE("a scheme that cannot be opened is named together with those that can")
{
    const auto error = failure_of("foo://u:secret@h/x");
    const std::string text = error.what();
    CHECK(error.kind() == Error::Kind::invalid);
    CHECK(text.find("\"foo\"") != std::string::npos);
    CHECK(text.find("supported are") != std::string::npos);
    CHECK(text.find(" file,") != std::string::npos);
    CHECK(text.find("secret") == std::string::npos);
}

TEST_CASE("what is behind \"gio+\", or with --gio any URL, is GIO's, but for folders")
{
    const auto bus = [](bool gio) {
        remote::RemoteOptions options{.gio = gio};
        options.variables.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        return options;
    };
    CHECK(remote::open("gio+smb://me:secret@host/share/dir/", bus(false))->description() ==
          "gio+smb://me@host/share/dir");
    CHECK(remote::open("smb://me:secret@host/share", bus(true))->description() ==
          "gio+smb://me@host/share");
    CHECK(remote::open("sftp://host/dir", bus(true))->description() == "gio+sftp://host/dir");
    CHECK(remote::open("gio+sftp://host/dir", bus(true))->description() == "gio+sftp://host/dir");
    const io::TempDirectory directory;
    for (const auto* scheme : {"file", "gio+file"}) {
        CAPTURE(scheme);
        CHECK(remote::open(std::string{scheme} + "://" + directory.path() + "/a", bus(true))
                  ->description() == "file://" + directory.path() + "/a");
    }
}

TEST_CASE("a GIO target without a session bus is refused at once, and says what is missing")
{
    const auto error = failure_of("gio+dav://me:secret@host/x");
    const std::string text = error.what();
    CHECK(error.kind() == Error::Kind::unreachable);
    CHECK(text.find("DBUS_SESSION_BUS_ADDRESS") != std::string::npos);
    CHECK((text + error.object()).find("secret") == std::string::npos);
    CHECK(error.hint().find("dbus-run-session") != std::string::npos);
}

TEST_CASE("a password that gio cannot be told is refused, and not shown")
{
    remote::RemoteOptions options;
    options.variables.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    for (const auto& password : {std::string(255, 's'), std::string{"two\nlines"}}) {
        options.variables.set("FTP_PASSWORD", password);
        try {
            (void)remote::open("gio+dav://me@host/x", options);
            FAIL("nothing was thrown");
        } catch (const Error& error) {
            CHECK(error.kind() == Error::Kind::invalid);
            CHECK(std::string{error.what()}.find(password) == std::string::npos);
        }
    }
}

TEST_CASE("the list of schemes is sorted, and file is on it")
{
    const auto schemes = remote::supported_schemes();
    CHECK(std::is_sorted(schemes.begin(), schemes.end()));
    CHECK(std::count(schemes.begin(), schemes.end(), "file") == 1);
}
