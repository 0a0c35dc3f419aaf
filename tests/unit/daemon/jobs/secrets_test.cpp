#include "daemon/jobs/secrets.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>

using namespace duplid;
using jobs::SecretSource;

namespace {

Error::Kind refusal(const SecretSource& source)
{
    try {
        static_cast<void>(jobs::fetch(source, {}, {}));
    } catch (const Error& error) {
        CHECK(std::string{error.what()}.find("geheim") == std::string::npos);
        CHECK(error.hint().find("geheim") == std::string::npos);
        return error.kind();
    }
    FAIL("it was not refused");
    return Error::Kind::internal;
}

std::string write(const io::TempDirectory& directory, const std::string& text, mode_t mode)
{
    const auto path = directory.path() + "/secret";
    std::ofstream{path, std::ios::trunc} << text;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
}

SecretSource command(std::vector<std::string> words)
{
    SecretSource source;
    source.command = std::move(words);
    return source;
}

}  // namespace

TEST_CASE("a file's content is the secret, without the line end that editors add")
{
    const io::TempDirectory directory;
    struct Row {
        const char* text;
        const char* secret;
    };
    for (const auto& row : {Row{"geheim\n", "geheim"}, Row{"geheim", "geheim"},
                            Row{"geheim\r\n", "geheim"}, Row{" two\nlines\n\n", " two\nlines\n"}}) {
        CAPTURE(row.text);
        SecretSource source;
        source.file = write(directory, row.text, 0600);
        CHECK(jobs::fetch(source, {}, {}).reveal() == row.secret);
    }
}

TEST_CASE("a file that others may read, that is empty or not there is refused")
{
    const io::TempDirectory directory;
    SecretSource source;
    source.file = write(directory, "geheim\n", 0640);
    CHECK(refusal(source) == Error::Kind::denied);
    source.file = write(directory, "\n", 0600);
    CHECK(refusal(source) == Error::Kind::wrong_secret);
    source.file = write(directory, std::string(5000, 'x'), 0600);
    CHECK(refusal(source) == Error::Kind::wrong_secret);
    source.file = directory.path() + "/nothing";
    CHECK(refusal(source) == Error::Kind::not_found);
    source.file = directory.path();
    CHECK(refusal(source) == Error::Kind::invalid);
}

TEST_CASE("what a program prints is the secret, if it ends well")
{
    CHECK(jobs::fetch(command({"echo", "geheim"}), {}, {}).reveal() == "geheim");
    // No shell looks at it.
    CHECK(jobs::fetch(command({"echo", "$HOME; true"}), {}, {}).reveal() == "$HOME; true");
    CHECK(refusal(command({"sh", "-c", "echo geheim; exit 3"})) == Error::Kind::wrong_secret);
    CHECK(refusal(command({"true"})) == Error::Kind::wrong_secret);
    CHECK(refusal(command({"no-program-of-this-name"})) == Error::Kind::not_found);
}

TEST_CASE("what a program of the system's prints is the secret, if it ends well")
{
    SecretSource source;
    source.program = "show-secret";
    int status = 0;
    jobs::SecretSurroundings surroundings;
    surroundings.run_program = [&status](const std::string& name, io::Sink& output,
                                         const std::stop_token&) {
        CHECK(name == "show-secret");
        output.write(io::view_of("gehe"));
        output.write(io::view_of("im\n"));
        return status;
    };
    CHECK(jobs::fetch(source, surroundings, {}).reveal() == "geheim");
    status = 3;
    CHECK_THROWS_AS(static_cast<void>(jobs::fetch(source, surroundings, {})), Error);
    // A user's instance has none.
    CHECK(refusal(source) == Error::Kind::invalid);
}

TEST_CASE("a variable is taken out of the environment, once for all jobs that name it")
{
    ::setenv("DUPLID_TEST_SECRET", "geheim", 1);
    jobs::EnvironmentSecrets taken;
    jobs::take_from_environment(taken, {"DUPLID_TEST_SECRET", "DUPLID_TEST_SECRET", "NOT_THERE"});
    CHECK(std::getenv("DUPLID_TEST_SECRET") == nullptr);
    SecretSource source;
    source.env = "DUPLID_TEST_SECRET";
    CHECK(jobs::fetch(source, {taken, {}}, {}).reveal() == "geheim");
    CHECK(jobs::fetch(source, {taken, {}}, {}).reveal() == "geheim");
    source.env = "NOT_THERE";
    CHECK(refusal(source) == Error::Kind::not_found);
}

TEST_CASE("a credential is a file below the service manager's directory")
{
    const io::TempDirectory directory;
    static_cast<void>(write(directory, "geheim", 0440));
    SecretSource source;
    source.credential = "secret";
    ::unsetenv("CREDENTIALS_DIRECTORY");
    CHECK(refusal(source) == Error::Kind::not_found);
    ::setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
    CHECK(jobs::fetch(source, {}, {}).reveal() == "geheim");
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("a target's password goes into the variable that the target reads")
{
    const io::TempDirectory directory;
    struct Row {
        const char* target;
        const char* variable;
    };
    for (const auto& row :
         {Row{"ftp://u@h/x", "FTP_PASSWORD"}, Row{"imaps://u@h/x", "IMAP_PASSWORD"},
          Row{"webdavs://u@h/x", "FTP_PASSWORD"}}) {
        CAPTURE(row.target);
        proto::ArchiveParams archive;
        archive.target = row.target;
        jobs::SecretSources sources;
        sources.target_password.file = write(directory, "geheim", 0600);
        jobs::fill_in(archive, sources, {}, {});
        REQUIRE(archive.backend.variables.size() == 1);
        CHECK(archive.backend.variables[0].name == row.variable);
        CHECK(archive.backend.variables[0].value.reveal() == "geheim");
        CHECK_FALSE(archive.passphrase.is_set());
    }
}
