// Goal: what we write with keys of several kinds, and with options, is what gpg makes of the same
// words; keys that cannot be used are told before anything is written, with the reason.
#include "engine/codec/encryptor.hpp"

#include "engine/codec/openpgp.hpp"
#include "engine/codec/packet.hpp"
#include "storage/io/file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <sstream>
#include <unistd.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

using Words = std::vector<std::string>;

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

// Content as volumes are made of it: chunks, each framed and deflated by itself.
io::Bytes encrypted(Encryptor& encryptor, io::ByteView content, std::size_t chunk_bytes = 100'000)
{
    io::MemorySink message;
    if (!encryptor.packs()) {
        io::ViewSource source{content};
        encryptor.encrypt_content(source, message);
        return message.take();
    }
    io::Bytes packets{compressed_packet_head.begin(), compressed_packet_head.end()};
    const auto signer = encryptor.one_pass().empty() ? nullptr : encryptor.start_signer();
    ChunkDeflater deflater;
    LiteralFramer framer;
    for (auto left = content; !left.empty();) {
        const auto chunk = left.first(std::min(chunk_bytes, left.size()));
        const bool first = left.size() == content.size();
        left = left.subspan(chunk.size());
        std::vector<io::ByteView> pieces;
        if (first) {
            pieces.push_back(encryptor.one_pass());
        }
        const auto framed = framer.frame(chunk, first);
        pieces.insert(pieces.end(), framed.begin(), framed.end());
        DeflatedChunk deflated;
        deflater.deflate(pieces, Level::fast, deflated);
        io::append(packets, deflated.bytes);
        if (signer) {
            signer->add(chunk);
        }
    }
    io::append(packets, signer ? signed_packet_end(signer->finish())
                               : io::Bytes{literal_packet_end.begin(), literal_packet_end.end()});
    io::ViewSource source{packets};
    encryptor.encrypt(source, message);
    return message.take();
}

io::Bytes encrypted(const OpenPgpSettings& settings, io::ByteView content)
{
    Encryptor encryptor{settings};
    return encrypted(encryptor, content);
}

io::Bytes opened(io::ByteView message, const OpenPgpSettings& settings, DecryptReport& report)
{
    const auto file = io::TempFile::unnamed("/tmp");
    io::write_full(file.fd(), message, "message");
    const auto content = open_encrypted(file.fd(), "message", settings, "/tmp", report);
    return io::read_all(*content, std::size_t{64} << 20U);
}

// The Error with which an encryptor refuses to be made.
std::optional<Error> refusal(const OpenPgpSettings& settings)
{
    try {
        const Encryptor encryptor{settings};
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

Ran decrypted_by_gpg(const GnupgHome& home, io::ByteView message)
{
    return home.gpg(
        {"--pinentry-mode", "loopback", "--passphrase", "message", "--status-fd", "2", "--decrypt"},
        message);
}

// A gpg that notes each process it was started as.
class NotingGpg {
public:
    explicit NotingGpg(const GnupgHome& home) : note_{home.path() + "/started"}
    {
        io::replace_file(
            program(), io::view_of("#!/bin/sh\necho $$ >>" + note_ + "\nexec gpg \"$@\"\n"), 0777);
    }
    [[nodiscard]] std::string program() const { return note_ + "-gpg"; }
    [[nodiscard]] std::vector<pid_t> started() const
    {
        std::vector<pid_t> processes;
        if (const auto bytes = io::read_file_if_there(note_, 10'000)) {
            std::istringstream text{std::string{io::text_of(*bytes)}};
            for (pid_t process = 0; text >> process;) {
                processes.push_back(process);
            }
        }
        return processes;
    }

private:
    std::string note_;
};

}  // namespace

TEST_CASE(
    "keys of each kind sign what we compress, and gpg finds the signature over the content good")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(400'000);
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    for (const std::string& key :
         {std::string{sign_key}, home.generate("ed25519", "a@example.org"),
          home.generate("rsa2048", "b@example.org"), home.generate("nistp256", "c@example.org"),
          home.generate("dsa2048", "d@example.org")}) {
        CAPTURE(key);
        settings.sign_key = key;
        Encryptor encryptor{settings};
        CHECK(encryptor.packs());
        const auto message = encrypted(encryptor, content);
        const auto by_gpg = decrypted_by_gpg(home, message);
        CAPTURE(by_gpg.log);
        CHECK(by_gpg.status == 0);
        CHECK(by_gpg.output == content);
        CHECK(contains(by_gpg.log, "GOODSIG " + key.substr(24)));
        CHECK(contains(by_gpg.log, "VALIDSIG " + key));

        DecryptReport report;
        CHECK(opened(message, settings, report) == content);
        CHECK(is_signed_by(report, key));
    }
}

TEST_CASE("a signature in our packets that does not fit the content is found bad by gpg and by us")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    settings.sign_key = sign_key;
    Encryptor encryptor{settings};
    const auto content = sample(2000);
    const auto signer = encryptor.start_signer();
    signer->add(io::ByteView{content}.first(1999));
    const auto signature = signer->finish();
    const auto packets = packets_of(content, Level::fast, {encryptor.one_pass(), signature});
    io::ViewSource source{packets};
    io::MemorySink message;
    encryptor.encrypt(source, message);

    CHECK(contains(decrypted_by_gpg(home, message.view()).log, "BADSIG"));
    DecryptReport report;
    CHECK(kind_of_failure([&] { (void)opened(message.view(), settings, report); }) ==
          Error::Kind::corrupt);
    settings.sign_key.clear();
    CHECK(kind_of_failure([&] { (void)opened(message.view(), settings, report); }) ==
          Error::Kind::corrupt);
}

TEST_CASE("a signed message to a passphrase needs the two secrets each in its place")
{
    const GnupgHome home{GnupgHome::Keys::none};
    auto settings = home.symmetric("message");
    settings.sign_key = home.generate("ed25519", "signer@example.org", "of the key");
    settings.sign_passphrase = io::Secret{"of the key"};
    end_agents(home.path());  // which would remember the passphrase
    const auto content = sample(10'000);
    const auto message = encrypted(settings, content);
    const auto by_gpg = decrypted_by_gpg(home, message);
    CHECK(by_gpg.output == content);
    CHECK(contains(by_gpg.log, "GOODSIG"));

    end_agents(home.path());
    settings.sign_passphrase = io::Secret{"another"};
    const auto wrong = refusal(settings);
    REQUIRE(wrong);
    CHECK(wrong->kind() == Error::Kind::wrong_secret);
    CHECK(contains(wrong->what(), "wrong passphrase"));
}

TEST_CASE("a subkey named as sign key signs, also where gpg would choose another")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto primary = home.generate("ed25519", "owner@example.org");
    for (const auto* algorithm : {"ed25519", "rsa2048"}) {
        REQUIRE(home.gpg({"--pinentry-mode", "loopback", "--passphrase", "", "--quick-add-key",
                          primary, algorithm, "sign", "never"})
                    .status == 0);
    }
    const std::string listed{
        io::text_of(home.gpg({"--with-colons", "--list-keys", primary}).output)};
    Words fingerprints;
    for (std::size_t at = 0; (at = listed.find("\nfpr:::::::::", at)) != std::string::npos; ++at) {
        fingerprints.push_back(listed.substr(at + 13, 40));
    }
    REQUIRE(fingerprints.size() == 3);

    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    const auto content = sample(5000);
    for (const auto& name : fingerprints) {
        CAPTURE(name);
        settings.sign_key = name;
        const auto message = encrypted(settings, content);
        const auto by_gpg = decrypted_by_gpg(home, message);
        CHECK(by_gpg.output == content);
        if (name != primary) {
            CHECK(contains(by_gpg.log, "GOODSIG " + name.substr(24)));
        }
        DecryptReport report;
        CHECK(opened(message, settings, report) == content);
        CHECK(is_signed_by(report, name));
    }
}

TEST_CASE("where signatures are unusual gpg does everything, and rightly")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto second = home.generate("ed25519", "second@example.org");
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    settings.sign_key = sign_key;
    settings.gpg_options = {"--local-user", second};
    Encryptor encryptor{settings};
    CHECK_FALSE(encryptor.packs());
    const auto content = sample(100'000);
    const auto by_gpg = decrypted_by_gpg(home, encrypted(encryptor, content));
    CAPTURE(by_gpg.log);
    CHECK(by_gpg.output == content);
    CHECK(contains(by_gpg.log, "GOODSIG " + std::string{sign_key.substr(24)}));
    CHECK(contains(by_gpg.log, "GOODSIG " + second.substr(24)));
}

TEST_CASE("options reach gpg, whichever way it is run")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(20'000);
    auto settings = home.symmetric("message");
    struct Row {
        Words options;
        bool packs;
        std::string_view packet;
    };
    for (const auto& row :
         {Row{{"--cipher-algo", "CAMELLIA128"}, true, "cipher 11"},
          Row{{"--s2k-digest-algo=SHA512"}, true, "hash 10"},
          Row{{"--cipher-algo", "CAMELLIA128", "--compress-algo", "bzip2"}, false, "cipher 11"},
          Row{{"--compress-algo", "bzip2"}, false, "compressed packet: algo=3"},
          Row{{"-z", "9"}, false, "compressed packet: algo=1"}}) {
        CAPTURE(row.packet);
        settings.gpg_options = row.options;
        Encryptor encryptor{settings};
        CHECK(encryptor.packs() == row.packs);
        const auto message = encrypted(encryptor, content);
        CHECK(decrypted_by_gpg(home, message).output == content);
        const auto listed = home.gpg(
            {"--pinentry-mode", "loopback", "--passphrase", "message", "--list-packets"}, message);
        CHECK(contains(io::text_of(listed.output), row.packet));
        DecryptReport report;
        CHECK(opened(message, settings, report) == content);
    }
}

TEST_CASE("options that gpg does not know are told with gpg's own words")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    settings.gpg_options = {"--no-such-option"};
    const auto error = refusal(settings);
    REQUIRE(error);
    CHECK(error->kind() == Error::Kind::invalid);
    CHECK(contains(error->what(), "no-such-option"));
    settings.gpg_options = {"--compress-level=1", "--no-such-option"};
    CHECK(refusal(settings).value().kind() == Error::Kind::invalid);
}

TEST_CASE("a lost gpg-exec is named where it is needed, and nowhere else")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    settings.gpg_exec = "/nonexistent/gpg-exec";
    settings.gpg_options = {"--cipher-algo", "AES"};
    CHECK(!refusal(settings));
    settings.gpg_options = {"--compress-algo", "zlib"};
    const auto error = refusal(settings);
    REQUIRE(error);
    CHECK(error->kind() == Error::Kind::unreachable);
    CHECK(error->object() == "/nonexistent/gpg-exec");
    CHECK_FALSE(error->hint().empty());
}

TEST_CASE("keys that cannot be used are refused at once, with the reason")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto expired = home.generate("rsa2048", "expired@example.org", "", "1d",
                                       {"--faked-system-time", "20200101T000000"});
    auto settings = home.settings();
    settings.recipients = {expired};
    auto error = refusal(settings);
    REQUIRE(error);
    CHECK(error->kind() == Error::Kind::denied);
    CHECK(contains(error->what(), "expired on 2020-01-02"));

    settings.recipients = {std::string{encrypt_key}};
    settings.sign_key = expired;
    error = refusal(settings);
    REQUIRE(error);
    CHECK(error->kind() == Error::Kind::denied);
    CHECK(contains(error->what(), "expired on 2020-01-02"));

    settings.sign_key.clear();
    settings.recipients = {std::string{sign_key}};
    error = refusal(settings);
    REQUIRE(error);
    CHECK(contains(error->what(), "not a key to encrypt to"));

    settings = home.settings();  // no recipients, no passphrase
    CHECK(refusal(settings).value().kind() == Error::Kind::wrong_secret);
}

TEST_CASE("an agent without pinentry is told, not waited for")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto key = home.generate("ed25519", "protected@example.org", "of the key");
    io::replace_file(home.path() + "/gpg-agent.conf",
                     io::view_of("pinentry-program /nonexistent/pinentry\n"));
    end_agents(home.path());
    auto settings = home.settings();
    settings.use_agent = true;
    settings.recipients = {std::string{encrypt_key}};
    settings.sign_key = key;
    const auto error = refusal(settings);
    REQUIRE(error);
    CHECK(error->kind() == Error::Kind::wrong_secret);
    CHECK(contains(error->what(), "pinentry"));

    DecryptReport report;
    const auto to_passphrase =
        home.gpg({"--pinentry-mode", "loopback", "--passphrase", "x", "-c"}, sample(100));
    CHECK(kind_of_failure([&] { (void)opened(to_passphrase.output, settings, report); }) ==
          Error::Kind::wrong_secret);
}

TEST_CASE("a passphrase is hashed as often as the format can say, without asking an agent")
{
    const GnupgHome home{GnupgHome::Keys::none};
    home.configure("");
    const auto content = sample(10'000);
    auto settings = home.symmetric("message");
    const auto message = encrypted(settings, content);
    DecryptReport report;
    CHECK(opened(message, settings, report) == content);

    const auto dirs = run({"gpgconf", "--homedir", home.path(), "--list-dirs", "agent-socket"});
    std::string socket{io::text_of(dirs.output)};
    REQUIRE(socket.ends_with('\n'));
    socket.pop_back();
    CHECK(::access(socket.c_str(), F_OK) != 0);

    const auto count_of = [&](io::ByteView one) {
        const auto packets = home.gpg(
            {"--pinentry-mode", "loopback", "--passphrase", "message", "--list-packets"}, one);
        const std::string text{io::text_of(packets.output)};
        const auto at = text.find(", count ");
        return at == std::string::npos ? text : text.substr(at, text.find('\n', at) - at);
    };
    CHECK(count_of(message) == ", count 65011712 (255)");

    home.configure("s2k-count 2048\n");
    CHECK(count_of(encrypted(settings, content)) == ", count 2048 (16)");
    home.configure("");
    for (const std::string word : {"--s2k-count=65536", "--s2k-co=65536"}) {
        settings.gpg_options = {word};
        CHECK(count_of(encrypted(settings, content)) == ", count 65536 (96)");
    }
}

TEST_CASE("gpg processes started early are used, and those left over end")
{
    const GnupgHome home{GnupgHome::Keys::none};
    const NotingGpg noting{home};
    auto settings = home.symmetric("message");
    settings.gpg_binary = noting.program();
    const auto content = sample(1000);
    std::vector<pid_t> started;
    {
        Encryptor encryptor{settings};
        CHECK(noting.started().empty());
        encryptor.start_early(3);
        encryptor.start_early(3);
        CHECK(decrypted_by_gpg(home, encrypted(encryptor, content)).output == content);
        CHECK(decrypted_by_gpg(home, encrypted(encryptor, content)).output == content);
        encryptor.start_early(1);  // one is still there
    }
    started = noting.started();
    CHECK(started.size() <= 3);  // one that never got to its first line was not needed either
    CHECK(started.size() >= 2);
    for (const auto process : started) {
        CHECK(::kill(process, 0) != 0);
    }
}

TEST_CASE("a change of readers is told with both names, and nothing else is a change")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto owner = home.generate("ed25519", "owner@example.org");
    const auto add_subkey = [&] {
        REQUIRE(home.gpg({"--pinentry-mode", "loopback", "--passphrase", "", "--quick-add-key",
                          owner, "cv25519", "encr", "never"})
                    .status == 0);
    };
    const auto recipients_with = [&](Words open, Words hidden = {}) {
        auto settings = home.settings();
        settings.recipients = std::move(open);
        settings.hidden_recipients = std::move(hidden);
        return Encryptor{settings}.recipients();
    };
    const auto settings = home.settings();
    const std::string golden_key{encrypt_key};
    const auto golden = recipients_with({golden_key});
    CHECK(difference_of(golden, recipients_with({golden_key}), settings).empty());

    add_subkey();
    const auto first = recipients_with({owner});
    auto text = difference_of(first, golden, settings);
    CHECK(contains(text, "owner@example.org"));
    CHECK(contains(text, "B2E61628CC32EDE2"));
    CHECK(contains(difference_of(recipients_with({owner, golden_key}), golden, settings), "also"));
    CHECK(contains(difference_of(golden, recipients_with({owner, golden_key}), settings),
                   "no longer"));

    // A new subkey of the same person: another key id, the same reader.
    add_subkey();
    CHECK(difference_of(recipients_with({owner}), first, settings).empty());

    // Hidden ones cannot be told apart.
    CHECK(difference_of(recipients_with({}, {golden_key}), recipients_with({}, {owner}), settings)
              .empty());
    CHECK(contains(difference_of(recipients_with({}, {golden_key}), golden, settings), "1 hidden"));
}
