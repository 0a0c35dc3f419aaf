#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/url.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace duplid;

namespace {

std::string canonical(const std::string& url, const std::string& working_directory = "/some")
{
    return remote::canonical(remote::parse_url(url), working_directory);
}

}  // namespace

TEST_CASE("a file URL means an absolute path, or one below the given directory")
{
    const auto path = [](const char* url, const std::string& directory) {
        return remote::local_path(remote::parse_url(url), directory);
    };
    CHECK(path("file:///a/b", "") == "/a/b");
    CHECK(path("file:/a/b", "") == "/a/b");
    CHECK(path("file:////a/b", "") == "/a/b");
    CHECK(path("file://a/b", "/home/u") == "/home/u/a/b");
    CHECK(path("file://~/x", "/home/u") == "/home/u/~/x");
    CHECK(path("file://me@host/x", "/home/u") == "/home/u/me@host/x");
    CHECK_THROWS_AS((void)path("file://a/b", ""), Error);
}

TEST_CASE("spellings of one place share a lock, other places do not")
{
    struct Row {
        const char* one;
        const char* other;
        bool same;
    };
    for (const auto& row : {
             Row{"file:///backup/x", "file:///backup//x/", true},
             Row{"file:///backup/x", "file:/backup/./y/../x", true},
             Row{"file:///some/x", "file://x", true},
             Row{"file:///backup/x", "file:///backup/y", false},
             Row{"sftp://u:one@h/x", "sftp://u:two@h/x", true},
             Row{"sftp://u@h/x", "paramiko+sftp://u@H/x/", true},
             Row{"sftp://u@h/x", "ssh://u@h/x", true},
             Row{"sftp://u@h/x", "scp://u@h/x?opt=1", true},
             Row{"sftp://u@h/x", "sftp://v@h/x", false},   // relative to different homes
             Row{"sftp://u@h//x", "sftp://v@h//x", true},  // absolute
             Row{"sftp://u@h/x", "sftp://u@h//x", false},  // relative, absolute
             Row{"sftp://u@h/x", "sftp://u@h:2222/x", false},
             Row{"sftp://u@h/x", "ftp://u@h/x", false},
             Row{"b2://id:key@bucket/x", "b2://bucket/x/", true},
             Row{"s3+http://bucket/p", "boto3+s3://bucket/p", true},
             Row{"rsync://h::m/x", "rsync://h::n/x", false},
             Row{"rsync://h::m/x", "rsync://h/x", false},
         }) {
        CAPTURE(row.one);
        CAPTURE(row.other);
        CHECK((canonical(row.one) == canonical(row.other)) == row.same);
    }
    CHECK(canonical("sftp://u:secret@h/x").find("secret") == std::string::npos);
    CHECK(canonical("b2://id:secret@bucket/x").find("secret") == std::string::npos);
}

TEST_CASE("a symbolic link to a target and the target itself are one place")
{
    const io::TempDirectory directory;
    std::filesystem::create_directory(directory.path() + "/real");
    std::filesystem::create_directory_symlink("real", directory.path() + "/link");
    CHECK(canonical("file://" + directory.path() + "/link/new") ==
          canonical("file://" + directory.path() + "/real/new"));
}
