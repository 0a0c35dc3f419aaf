#include "tests/unit/engine/codec/witness.hpp"

#include "storage/io/file.hpp"

#include <array>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace duplid::codec {

namespace {

constexpr std::size_t output_bytes_max = std::size_t{256} << 20;

io::Bytes content_of(const io::TempFile& file)
{
    io::RangeSource source{file.fd(), 0, file.bytes(), "output"};
    return io::read_all(source, output_bytes_max);
}

}  // namespace

Ran run(const std::vector<std::string>& command, io::ByteView input)
{
    // Files instead of pipes: nobody has to read and write at the same time.
    const auto in = io::TempFile::unnamed("/tmp");
    const auto out = io::TempFile::unnamed("/tmp");
    const auto log = io::TempFile::unnamed("/tmp");
    io::write_full(in.fd(), input, "input");
    REQUIRE(::lseek(in.fd(), 0, SEEK_SET) == 0);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.fd(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.fd(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, log.fd(), STDERR_FILENO);
    std::vector<char*> arguments;
    for (const auto& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failed =
        posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE(failed == 0);

    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .output = content_of(out),
            .log = std::string{io::text_of(content_of(log))}};
}

namespace {

Ran gpg_at(const std::string& home, std::vector<std::string> arguments, io::ByteView input = {})
{
    arguments.insert(arguments.begin(),
                     {"gpg", "--homedir", home, "--batch", "--no-tty", "--no-symkey-cache"});
    return run(arguments, input);
}

// The golden keys as gpg keeps them. Importing them takes it longer than most tests here, so that
// is done once, and each home gets a copy.
class Imported {
public:
    Imported()
    {
        for (const auto& [option, file] : {std::pair{"--import", "secret-keys.asc"},
                                           std::pair{"--import-ownertrust", "ownertrust.txt"}}) {
            const auto ran =
                gpg_at(directory_.path(), {option, golden(std::string{"keys/"} + file)});
            CAPTURE(ran.log);
            REQUIRE(ran.status == 0);
        }
        end_agents(directory_.path());
    }

    void copy_to(const std::string& home) const
    {
        for (const std::string name : {"/pubring.kbx", "/trustdb.gpg", "/private-keys-v1.d"}) {
            if (std::filesystem::exists(directory_.path() + name)) {
                std::filesystem::copy(directory_.path() + name, home + name,
                                      std::filesystem::copy_options::recursive);
            }
        }
    }

private:
    io::TempDirectory directory_{"/tmp"};
};

const Imported& secret_keys()
{
    static const Imported imported;
    return imported;
}

}  // namespace

GnupgHome::GnupgHome(Keys keys)
{
    configure("s2k-count 2048\n");
    switch (keys) {
    case Keys::none:
        break;
    case Keys::public_only:
        REQUIRE(gpg({"--import", golden("keys/public-keys.asc")}).status == 0);
        break;
    case Keys::secret:
    case Keys::no_signer:
        secret_keys().copy_to(path());
        break;
    }
    if (keys == Keys::no_signer) {
        REQUIRE(gpg({"--yes", "--delete-secret-and-public-key", std::string{sign_key}}).status ==
                0);
    }
}

GnupgHome::~GnupgHome()
{
    end_agents(path());
}

OpenPgpSettings GnupgHome::settings() const
{
    OpenPgpSettings settings;
    settings.home = path();
    settings.gpg_exec = DUPLID_GPG_EXEC;
    return settings;
}

OpenPgpSettings GnupgHome::symmetric(std::string_view passphrase) const
{
    auto settings = this->settings();
    settings.passphrase = io::Secret{passphrase};
    return settings;
}

Ran GnupgHome::gpg(std::vector<std::string> arguments, io::ByteView input) const
{
    return gpg_at(path(), std::move(arguments), input);
}

std::string GnupgHome::generate(std::string_view algorithm, std::string_view user,
                                std::string_view passphrase, std::string_view expires,
                                std::vector<std::string> options) const
{
    options.insert(options.end(),
                   {"--status-fd", "1", "--pinentry-mode", "loopback", "--passphrase",
                    std::string{passphrase}, "--quick-gen-key", std::string{user},
                    std::string{algorithm}, "cert,sign", std::string{expires}});
    const auto ran = gpg(options);
    CAPTURE(ran.log);
    REQUIRE(ran.status == 0);
    const std::string text{io::text_of(ran.output)};
    const auto at = text.find("KEY_CREATED ");
    REQUIRE(at != std::string::npos);
    return text.substr(at + std::string_view{"KEY_CREATED P "}.size(), 40);
}

void GnupgHome::configure(std::string_view lines) const
{
    io::replace_file(path() + "/gpg.conf", io::view_of(lines));
}

std::string golden(const std::string& path)
{
    return std::string{DUPLID_GOLDEN} + "/duplicity-0.8.22/" + path;
}

io::Bytes sample(std::size_t bytes, unsigned seed)
{
    std::mt19937 random{seed};
    const std::array<std::string_view, 6> words{"volume ",  "chain\n", "signature ",
                                                "manifest", "\r\n",    "difftar\0 "};
    io::Bytes content;
    while (content.size() < bytes) {
        switch (random() % 3) {
        case 0:
            for (int i = 0; i < 200; ++i) {
                io::append(content, io::view_of(words[random() % words.size()]));
            }
            break;
        case 1:
            content.insert(content.end(), random() % 5000, std::byte{0});
            break;
        default:
            for (int i = 0; i < 3000; ++i) {
                content.push_back(static_cast<std::byte>(random() & 0xFF));
            }
        }
    }
    content.resize(bytes);
    return content;
}

std::vector<Engine> engines()
{
    if (has_engine(Engine::isal)) {
        return {Engine::isal, Engine::zlib};
    }
    return {Engine::zlib};
}

}  // namespace duplid::codec
