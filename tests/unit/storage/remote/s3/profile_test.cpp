#include "storage/remote/s3/profile.hpp"

#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>
#include <filesystem>

using namespace duplid;

namespace {

/// A home with files in it.
struct Home {
    io::TempDirectory directory{};
    remote::Variables variables{};

    Home() { variables.set("HOME", directory.path()); }
    void write(const std::string& name, std::string_view text)
    {
        const auto path = directory.path() + "/" + name;
        std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
        io::replace_file(path, io::view_of(text));
    }
};

s3::Settings section(std::string_view text, std::string_view name)
{
    s3::Settings settings;
    s3::take_section(text, name, settings);
    return settings;
}

}  // namespace

TEST_CASE("a section is read with comments, blanks and settings of settings left out")
{
    const auto settings = section("[other]\naws_access_key_id = no\n"
                                  "[ mine ]\r\n# aws_access_key_id = no\n; x = y\n"
                                  "Aws_Access_Key_Id=AKID\r\n"
                                  "aws_secret_access_key :  a/b+c=  \n"
                                  "s3 =\n    region = nested\nregion = eu-west-1\nno setting\n"
                                  "[third]\nregion = no\n",
                                  "mine");
    CHECK(settings.text("aws_access_key_id") == "AKID");
    CHECK(settings.text("aws_secret_access_key") == "a/b+c=");
    CHECK(settings.text("region") == "eu-west-1");
    CHECK(settings.text("x").empty());
    for (const std::string_view odd : {"", "[", "[]", "]", "[mine", "=\n", "[mine]\n=", "\n\n"}) {
        CAPTURE(odd);
        static_cast<void>(section(odd, "mine"));
    }
}

TEST_CASE("a profile is put together from both of Amazon's files, the credentials first")
{
    Home home;
    home.write(".aws/credentials", "[default]\naws_access_key_id=D\n[work]\naws_access_key_id=W\n");
    home.write(".aws/config", "[default]\nregion=r-default\n[profile work]\nregion=r-work\n"
                              "aws_access_key_id=second\n[work]\nregion=not this\n");
    CHECK(s3::aws_profile(home.variables).text("aws_access_key_id") == "D");
    CHECK(s3::aws_profile(home.variables).text("region") == "r-default");
    home.variables.set("AWS_PROFILE", "work");
    CHECK(s3::aws_profile(home.variables).text("aws_access_key_id") == "W");
    CHECK(s3::aws_profile(home.variables).text("region") == "r-work");
    home.write("else", "[work]\naws_access_key_id=E\n");
    home.variables.set("AWS_SHARED_CREDENTIALS_FILE", home.directory.path() + "/else");
    CHECK(s3::aws_profile(home.variables).text("aws_access_key_id") == "E");
    CHECK(s3::aws_profile({}).empty());
}

TEST_CASE("boto's file is read from the home, or from where BOTO_CONFIG says")
{
    Home home;
    home.write(".boto", "[Boto]\ndebug = 0\n[Credentials]\naws_access_key_id = A\n"
                        "gs_access_key_id = G\ngs_secret_access_key = S\n");
    CHECK(s3::boto_settings(home.variables).text("aws_access_key_id") == "A");
    CHECK(s3::boto_settings(home.variables).text("gs_secret_access_key") == "S");
    home.write("other", "[Credentials]\naws_access_key_id = O\n");
    home.variables.set("BOTO_CONFIG", home.directory.path() + "/other");
    CHECK(s3::boto_settings(home.variables).text("aws_access_key_id") == "O");
    CHECK(s3::boto_settings(home.variables).text("gs_access_key_id").empty());
}
