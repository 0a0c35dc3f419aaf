// The witness is gpg: it makes the messages, and its own one-pass signature packets are compared.
#include "engine/codec/message_head.hpp"

#include "tests/unit/engine/codec/witness.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

using Words = std::vector<std::string>;

io::Bytes made(const GnupgHome& home, Words arguments, io::ByteView input)
{
    arguments.insert(arguments.begin(), {"--pinentry-mode", "loopback", "--passphrase", "x"});
    auto ran = home.gpg(arguments, input);
    CAPTURE(ran.log);
    REQUIRE(ran.status == 0);
    return ran.output;
}

std::optional<MessageRecipients> recipients_in(io::ByteView message)
{
    io::ViewSource source{message};
    return recipients_of(source);
}

}  // namespace

TEST_CASE("the recipients of a message are read without a key")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(1000);
    const std::string key{encrypt_key};
    const std::string key_id = key.substr(24);

    auto found = recipients_in(made(home, {"-r", key, "-e"}, content));
    REQUIRE(found);
    CHECK(found->keys == Words{key_id});
    CHECK_FALSE(found->has_passphrase);
    CHECK(found->hidden() == 0);

    found = recipients_in(made(home, {"--hidden-recipient", key, "-e"}, content));
    REQUIRE(found);
    CHECK(found->keys == Words{"0000000000000000"});
    CHECK(found->hidden() == 1);

    found = recipients_in(made(home, {"-r", key, "-e", "-c"}, content));
    REQUIRE(found);
    CHECK(found->keys == Words{key_id});
    CHECK(found->has_passphrase);

    found = recipients_in(made(home, {"-c"}, content));
    REQUIRE(found);
    CHECK(found->keys.empty());
    CHECK(found->has_passphrase);
}

TEST_CASE("what is not a binary message, or only the beginning of one, has no known recipients")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(1000);
    CHECK_FALSE(recipients_in({}));
    CHECK_FALSE(recipients_in(content));
    CHECK_FALSE(
        recipients_in(made(home, {"--armor", "-r", std::string{encrypt_key}, "-e"}, content)));
    const auto message = made(home, {"-r", std::string{encrypt_key}, "-e"}, content);
    CHECK_FALSE(recipients_in(io::ByteView{message}.first(100)));
}

TEST_CASE("one-pass signature packets are those that gpg writes for the same key")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    home.generate("ed25519", "ed25519@example.org");
    home.generate("rsa3072", "rsa@example.org");
    home.generate("nistp256", "ecdsa@example.org");
    for (const std::string& key :
         {std::string{sign_key}, std::string{"ed25519@example.org"}, std::string{"rsa@example.org"},
          std::string{"ecdsa@example.org"}}) {
        CAPTURE(key);
        const auto signature = made(home, {"-u", key, "--detach-sign"}, sample(1000));
        const auto ours = one_pass_for(signature);
        REQUIRE(ours);
        const auto theirs = made(home, {"-u", key, "-z0", "--sign"}, sample(1000));
        // The heads differ in format: 90 0D and C4 0D.
        REQUIRE(theirs.size() > 15);
        CHECK(theirs[0] == std::byte{0x90});
        CHECK(std::equal(ours->begin() + 1, ours->end(), theirs.begin() + 1, theirs.begin() + 15));
    }
}

TEST_CASE("what is not one signature over binary content has no one-pass packet")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    home.generate("ed25519", "second@example.org");
    const std::string key{sign_key};
    const auto content = sample(1000);
    CHECK_FALSE(one_pass_for({}));
    CHECK_FALSE(one_pass_for(content));
    CHECK_FALSE(one_pass_for(made(home, {"-u", key, "-u", "second@example.org", "-b"}, content)));
    CHECK_FALSE(one_pass_for(made(home, {"-u", key, "--textmode", "-b"}, content)));
    CHECK_FALSE(one_pass_for(made(home, {"-u", key, "--armor", "-b"}, content)));
    const auto signature = made(home, {"-u", key, "-b"}, content);
    for (std::size_t bytes = 0; bytes < 40; ++bytes) {
        CHECK_FALSE(one_pass_for(io::ByteView{signature}.first(bytes)));
    }
}
