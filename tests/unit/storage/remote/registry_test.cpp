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

TEST_CASE("the list of schemes is sorted, and file is on it")
{
    const auto schemes = remote::supported_schemes();
    CHECK(std::is_sorted(schemes.begin(), schemes.end()));
    CHECK(std::count(schemes.begin(), schemes.end(), "file") == 1);
}
