// Lines as gpg 2.2.40 wrote them.
#include "engine/codec/gpg_status.hpp"

#include "storage/io/error.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

constexpr std::string_view decrypted = "[GNUPG:] NEED_PASSPHRASE_SYM 9 3 2\n"
                                       "[GNUPG:] BEGIN_DECRYPTION\n"
                                       "[GNUPG:] DECRYPTION_INFO 2 9 0\n"
                                       "[GNUPG:] PLAINTEXT 62 1795315180 \n"
                                       "[GNUPG:] DECRYPTION_OKAY\n"
                                       "[GNUPG:] GOODMDC\n"
                                       "[GNUPG:] END_DECRYPTION\n";

GpgSaid read_in_steps(std::string_view text, std::size_t step)
{
    StatusReader reader;
    while (!text.empty()) {
        const auto part = text.substr(0, step);
        text.remove_prefix(part.size());
        reader.add(io::view_of(part));
    }
    return reader.said();
}

GpgSaid read(std::string_view text)
{
    return read_in_steps(text, text.size());
}

}  // namespace

TEST_CASE("a decryption is understood however its lines are cut")
{
    for (const std::size_t step : {1U, 7U, 1000U}) {
        const auto said = read_in_steps(decrypted, step);
        CHECK(said.wants_passphrase);
        CHECK(said.decryption_begun);
        CHECK(said.decryption_okay);
        CHECK(said.is_authentic);
        CHECK(said.decryption_ended);
        CHECK(said.codes.empty());
    }
}

TEST_CASE("a line that was cut short, and lines of others, mean nothing")
{
    CHECK_FALSE(read("[GNUPG:] END_DECRYPTION").decryption_ended);
    CHECK_FALSE(read("gpg: END_DECRYPTION\nEND_DECRYPTION\n").decryption_ended);
    CHECK_FALSE(read("[GNUPG:] END_DECRYPTION_NOT\n").decryption_ended);
    CHECK(kind_of_failure([] {
              StatusReader reader;
              reader.add(io::Bytes(1'000'000, std::byte{'x'}));
          }) == Error::Kind::unreachable);
}

TEST_CASE("error codes come with their source, as a number or with their name")
{
    const auto said = read("[GNUPG:] ERROR symkey_decrypt.maybe_error 11_BAD_PASSPHRASE\n"
                           "[GNUPG:] FAILURE sign 67108949\n"
                           "[GNUPG:] FAILURE option-parser 33554433\n");
    CHECK(said.codes == std::vector<unsigned>{11, 85, 1});
    CHECK(said.refuses_options);
}

TEST_CASE("refused keys come with their reason and their name, blanks included")
{
    const auto said = read("[GNUPG:] INV_RECP 10 somebody else <x@y>\n"
                           "[GNUPG:] INV_SGNR 9 D404F058C9ACF8D4\n");
    REQUIRE(said.refused_recipients.size() == 1);
    CHECK(said.refused_recipients[0].reason == 10);
    CHECK(said.refused_recipients[0].name == "somebody else <x@y>");
    REQUIRE(said.refused_signers.size() == 1);
    CHECK(said.refused_signers[0].reason == 9);
}

TEST_CASE("each signature has the state that its own lines give it")
{
    using State = GpgSaid::Signature::State;
    const std::string fingerprint = "CD724A7159A20929AA5B8D904D9389C6B0DE592F";
    const std::string primary = "2C608B0EE4BB9C040C1A394FB2E61628CC32EDE2";
    const auto valid = "[GNUPG:] VALIDSIG " + fingerprint +
                       " 2026-11-22 1795315238 0 4 0 1 10 00 " + primary + "\n";
    const auto said =
        read("[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 4D9389C6B0DE592F A Name\n" + valid +
             "[GNUPG:] NEWSIG\n[GNUPG:] EXPKEYSIG 4D9389C6B0DE592F A Name\n" + valid +
             "[GNUPG:] NEWSIG\n[GNUPG:] BADSIG 4D9389C6B0DE592F A Name\n"
             "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG 4D9389C6B0DE592F 1 10 00 1795315238 9 " +
             fingerprint + "\n");
    REQUIRE(said.signatures.size() == 4);
    CHECK(said.signatures[0].state == State::good);
    CHECK(said.signatures[0].key == fingerprint);
    CHECK(said.signatures[0].primary == primary);
    CHECK(said.signatures[1].state == State::dated);
    CHECK(said.signatures[2].state == State::bad);
    CHECK(said.signatures[3].state == State::unchecked);
    CHECK(said.signatures[3].code == 9);
}
