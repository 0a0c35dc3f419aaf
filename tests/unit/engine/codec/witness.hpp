// What these tests compare with: other programs, and content that every compressor meets.
#pragma once

#include "engine/codec/engine.hpp"
#include "engine/codec/openpgp.hpp"
#include "storage/io/error.hpp"
#include "storage/io/temp_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::codec {

/// How a child process ended, and what it wrote.
struct Ran {
    int status = -1;
    io::Bytes output;
    std::string log;
};

/// Runs a program of PATH, `input` being its standard input, and waits for it.
Ran run(const std::vector<std::string>& command, io::ByteView input = {});

/// A GnuPG home with the test keys of the golden vectors, gone with its agents at the end.
/// Directly below /tmp, because the agent's socket path must be short. Its gpg.conf asks for
/// passphrases that are hashed in no time.
class GnupgHome {
public:
    enum class Keys { none, secret, public_only, no_signer };

    explicit GnupgHome(Keys keys);
    GnupgHome(const GnupgHome&) = delete;
    GnupgHome& operator=(const GnupgHome&) = delete;
    ~GnupgHome();

    [[nodiscard]] const std::string& path() const { return directory_.path(); }
    [[nodiscard]] OpenPgpSettings settings() const;
    [[nodiscard]] OpenPgpSettings symmetric(std::string_view passphrase) const;

    /// gpg on this home, without any question.
    Ran gpg(std::vector<std::string> arguments, io::ByteView input = {}) const;

    /// Makes a key of this kind that certifies and signs, without a passphrase unless there is one.
    /// Returns its fingerprint.
    std::string generate(std::string_view algorithm, std::string_view user,
                         std::string_view passphrase = "", std::string_view expires = "never",
                         std::vector<std::string> options = {}) const;

    /// Writes another gpg.conf; an empty one has gpg's own counts for passphrases.
    void configure(std::string_view lines) const;

private:
    io::TempDirectory directory_{"/tmp"};
};

inline constexpr std::string_view encrypt_key = "2C608B0EE4BB9C040C1A394FB2E61628CC32EDE2";
inline constexpr std::string_view sign_key = "CD724A7159A20929AA5B8D904D9389C6B0DE592F";

/// The path of a file of the golden vectors.
std::string golden(const std::string& path);

/// Content of `bytes` bytes, the same for each seed: words, repetitions, and noise in turn.
io::Bytes sample(std::size_t bytes, unsigned seed = 1);

/// The engines of this build.
std::vector<Engine> engines();

/// The kind of the Error that `action` throws; nothing when it throws none.
template <class Action>
std::optional<Error::Kind> kind_of_failure(Action action)
{
    try {
        action();
    } catch (const Error& error) {
        return error.kind();
    }
    return std::nullopt;
}

}  // namespace duplid::codec
