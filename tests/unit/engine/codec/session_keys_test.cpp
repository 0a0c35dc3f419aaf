// Goal: session keys that are derived here are those that gpg derives, and open what it encrypted.
// Witness: gpg encrypts, and tells by --show-session-key which key it found.
#include "engine/codec/session_keys.hpp"

#include "storage/io/file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

/// Counts are small here: the cost of a derivation is no part of its truth. (1024, which the manual
/// offers, means to gpg what this machine can bear.)
io::Bytes encrypted(const GnupgHome& home, const std::string& passphrase, io::ByteView content,
                    std::vector<std::string> options = {})
{
    std::vector<std::string> words{"--pinentry-mode", "loopback",    "--passphrase",
                                   passphrase,        "--s2k-count", "2048"};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--symmetric");
    auto ran = home.gpg(words, content);
    REQUIRE(ran.status == 0);
    return ran.output;
}

std::string key_by_gpg(const GnupgHome& home, const std::string& passphrase, io::ByteView message)
{
    const auto ran = home.gpg({"--pinentry-mode", "loopback", "--passphrase", passphrase,
                               "--show-session-key", "--decrypt"},
                              message);
    const auto begin = ran.log.find('\'', ran.log.find("session key:"));
    REQUIRE(begin != std::string::npos);
    return ran.log.substr(begin + 1, ran.log.find('\'', begin + 1) - begin - 1);
}

std::optional<KeyDerivation> derivation_of(io::ByteView message)
{
    io::ViewSource source{message};
    return codec::derivation_of(source);
}

std::unique_ptr<io::Source> opened(io::ByteView message, const io::Secret& key,
                                   const GnupgHome& home)
{
    const auto file = io::TempFile::unnamed("/tmp");
    io::write_full(file.fd(), message, "message");
    return open_with_session_key(file.fd(), "message", key, home.symmetric("unused"), "/tmp");
}

}  // namespace

TEST_CASE("derived keys are gpg's, for any passphrase, key size and number of messages")
{
    const GnupgHome home{GnupgHome::Keys::none};
    if (derived_together() == 0) {
        CHECK(session_keys({}, io::Secret{"x"}).empty());
        return;  // this processor leaves it to gpg
    }
    struct Row {
        std::string passphrase;
        std::string cipher;
        std::size_t messages;
    };
    for (const auto& row :
         {Row{"duplid test passphrase", "AES256", derived_together() + 3}, Row{"x", "AES192", 2},
          Row{"p\xC5\xAF\xC5\xA1 and blanks ", "AES", 3}, Row{std::string(56, 'e'), "AES256", 1},
          Row{std::string(300, 'l'), "AES256", 2}}) {
        CAPTURE(row.passphrase);
        std::vector<io::Bytes> messages;
        std::vector<KeyDerivation> derivations;
        const auto content = sample(5000);
        for (std::size_t i = 0; i < row.messages; ++i) {
            messages.push_back(
                encrypted(home, row.passphrase, content, {"--cipher-algo", row.cipher}));
            derivations.push_back(derivation_of(messages.back()).value());
        }
        const auto keys = session_keys(derivations, io::Secret{row.passphrase});
        REQUIRE(keys.size() == row.messages);
        for (std::size_t i = 0; i < keys.size(); ++i) {
            CHECK(keys[i].reveal() == key_by_gpg(home, row.passphrase, messages[i]));
        }
        const auto source = opened(messages.front(), keys.front(), home);
        REQUIRE(source != nullptr);
        CHECK(io::read_all(*source, 10'000) == content);
    }
}

TEST_CASE("gpg's own counts are derived, and a line feed ends a passphrase as it does for gpg")
{
    const GnupgHome home{GnupgHome::Keys::none};
    const auto message = encrypted(home, "secret", sample(10), {"--s2k-count", "65011712"});
    const auto derivation = derivation_of(message).value();
    CHECK(derivation.count == 65'011'712);
    const auto keys = session_keys(std::vector{derivation}, io::Secret{"secret\nmore"});
    if (!keys.empty()) {
        CHECK(keys.front().reveal() == key_by_gpg(home, "secret", message));
    }
}

TEST_CASE("with a key that is not the message's nothing is opened, and neither is damage")
{
    const GnupgHome home{GnupgHome::Keys::none};
    auto message = encrypted(home, "secret", sample(100));
    const std::vector derivations{derivation_of(message).value()};
    const auto wrong = session_keys(derivations, io::Secret{"other"});
    const auto right = session_keys(derivations, io::Secret{"secret"});
    if (right.empty()) {
        return;
    }
    CHECK(opened(message, wrong.front(), home) == nullptr);
    CHECK(opened(message, right.front(), home) != nullptr);
    message[message.size() - 10] ^= std::byte{1};
    CHECK(opened(message, right.front(), home) == nullptr);
}

TEST_CASE("messages that other ways may open are left to gpg")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(100);
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{"--s2k-digest-algo", "SHA256"},
          {"--s2k-mode", "1"},
          {"--cipher-algo", "TWOFISH"},
          {"--armor"},
          {"--encrypt", "--trust-model", "always", "--recipient", std::string{encrypt_key}}}) {
        CAPTURE(options.back());
        CHECK_FALSE(derivation_of(encrypted(home, "secret", content, options)).has_value());
    }
    CHECK_FALSE(derivation_of({}).has_value());
    const auto message = encrypted(home, "secret", content);
    for (std::size_t bytes = 0; bytes < 15; ++bytes) {
        CHECK_FALSE(derivation_of(io::ByteView{message}.first(bytes)).has_value());
    }
}

TEST_CASE("derivations that do not fit together are not made")
{
    KeyDerivation one{.cipher = 9, .key_bytes = 32, .salt = {}, .count = 1024};
    KeyDerivation other = one;
    other.count = 2048;
    CHECK(session_keys(std::vector{one, other}, io::Secret{"x"}).empty());
    one.count = 64;
    CHECK(session_keys(std::vector{one}, io::Secret{"x"}).empty());
    one.count = 1024;
    CHECK(session_keys(std::vector{one}, io::Secret{std::string(2000, 'x')}).empty());
}
