// Messages by duplicity's gpg are read by us, and ours by gpg; damage and missing secrets are told
// apart. Each case has a GnuPG home of its own. Symmetric messages are few, because deriving the
// key takes gpg a quarter of a second by design.
#include "engine/codec/openpgp.hpp"

#include "engine/codec/encryptor.hpp"
#include "engine/codec/packet.hpp"
#include "storage/io/file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <algorithm>
#include <csignal>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <filesystem>
#include <future>

using namespace duplid;
using namespace duplid::codec;

namespace {

constexpr std::size_t content_bytes_max = std::size_t{64} << 20;
constexpr std::string_view golden_passphrase = "duplid test passphrase";

io::Bytes open_bytes(io::ByteView message, const OpenPgpSettings& settings, DecryptReport& report)
{
    const auto file = io::TempFile::unnamed("/tmp");
    io::write_full(file.fd(), message, "message");
    const auto content = open_encrypted(file.fd(), "message", settings, "/tmp", report);
    return io::read_all(*content, content_bytes_max);
}

io::Bytes open_bytes(io::ByteView message, const OpenPgpSettings& settings)
{
    DecryptReport report;
    return open_bytes(message, settings, report);
}

std::optional<Error::Kind> failure_to_open(io::ByteView message, const OpenPgpSettings& settings)
{
    return kind_of_failure([&] { (void)open_bytes(message, settings); });
}

io::Bytes encrypt_bytes(io::ByteView content, const OpenPgpSettings& settings)
{
    Encryptor encryptor{settings};
    io::MemorySink ciphertext;
    if (!encryptor.packs()) {
        io::ViewSource source{content};
        encryptor.encrypt_content(source, ciphertext);
        return ciphertext.take();
    }
    io::Bytes signature;
    if (!encryptor.one_pass().empty()) {
        const auto signer = encryptor.start_signer();
        signer->add(content);
        signature = signer->finish();
    }
    const auto packets = packets_of(content, Level::fast, {encryptor.one_pass(), signature});
    io::ViewSource source{packets};
    encryptor.encrypt(source, ciphertext);
    return ciphertext.take();
}

std::optional<Error::Kind> failure_to_encrypt(const OpenPgpSettings& settings)
{
    return kind_of_failure([&] { (void)encrypt_bytes(sample(100), settings); });
}

io::Bytes golden_bytes(const std::string& path)
{
    return io::read_file(golden(path), content_bytes_max);
}

// Every file of a golden target reads as gpg reads it; returns how many there are.
int compare_with_gpg(const std::string& target, const GnupgHome& home,
                     const OpenPgpSettings& settings, const std::vector<std::string>& options,
                     DecryptReport& report)
{
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{golden(target)}) {
        ++files;
        CAPTURE(entry.path().string());
        const auto file = io::read_file(entry.path().string(), content_bytes_max);
        auto arguments = options;
        arguments.emplace_back("-d");
        const auto expected = home.gpg(arguments, file);
        REQUIRE(expected.status == 0);
        CHECK(open_bytes(file, settings, report) == expected.output);
    }
    return files;
}

std::vector<std::string> with_passphrase(std::string_view passphrase)
{
    return {"--pinentry-mode", "loopback", "--passphrase", std::string{passphrase}};
}

std::string listed_packets(const GnupgHome& home, io::ByteView message,
                           std::vector<std::string> options = {})
{
    options.emplace_back("--list-packets");
    return std::string{io::text_of(home.gpg(options, message).output)};
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

// Gives the first half of its bytes, then fails as a cancelled run does.
class FailingSource final : public io::Source {
public:
    explicit FailingSource(io::ByteView bytes) : left_{bytes.first(bytes.size() / 2)} {}
    std::size_t read(io::ByteSpan into) override
    {
        if (left_.empty()) {
            throw Error{Error::Kind::cancelled, "stopped on request"};
        }
        const auto bytes = std::min(into.size(), left_.size());
        std::copy_n(left_.begin(), bytes, into.begin());
        left_ = left_.subspan(bytes);
        return bytes;
    }

private:
    io::ByteView left_;
};

// Kills the process whose id is in a file once a part of the bytes has been read.
class KillingSource final : public io::Source {
public:
    KillingSource(io::ByteView bytes, std::string note) : left_{bytes}, note_{std::move(note)} {}
    std::size_t read(io::ByteSpan into) override
    {
        if (++reads_ == 10) {
            const auto text = io::read_file(note_, 100);
            REQUIRE(::kill(std::stoi(std::string{io::text_of(text)}), SIGKILL) == 0);
        }
        const auto bytes = std::min(into.size(), left_.size());
        std::copy_n(left_.begin(), bytes, into.begin());
        left_ = left_.subspan(bytes);
        return bytes;
    }

private:
    io::ByteView left_;
    std::string note_;
    int reads_ = 0;
};

class FailingSink final : public io::Sink {
public:
    void write(io::ByteView) override { throw Error{Error::Kind::no_space, "the disk is full"}; }
};

}  // namespace

TEST_CASE("symmetric backups of duplicity read as gpg reads them")
{
    const GnupgHome home{GnupgHome::Keys::none};
    DecryptReport report;
    CHECK(compare_with_gpg("sym/target", home, home.symmetric(golden_passphrase),
                           with_passphrase(golden_passphrase), report) >= 7);
    CHECK_FALSE(report.is_signed);
    CHECK(report.good_signers.empty());
}

TEST_CASE("backups to a hidden recipient read as gpg reads them")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    DecryptReport report;
    CHECK(compare_with_gpg("hidden/target", home, home.settings(), {}, report) >= 6);
    CHECK_FALSE(report.is_signed);
}

TEST_CASE("signed backups read as gpg reads them and name their signer, asked for or not")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    for (const auto& key : {std::string{}, std::string{sign_key}}) {
        settings.sign_key = key;
        DecryptReport report;
        CHECK(compare_with_gpg("signed/target", home, settings, {}, report) >= 6);
        CHECK(report.is_signed);
        CHECK(report.good_signers == std::vector<std::string>{std::string{sign_key}});
    }
}

TEST_CASE("a signer is recognised by key ids of three lengths, in either case, with or without 0x")
{
    const DecryptReport report{
        .is_signed = true, .good_signers = {std::string{sign_key}}, .signers = {}};
    for (const std::string_view id :
         {sign_key, std::string_view{"0xCD724A7159A20929AA5B8D904D9389C6B0DE592F"},
          std::string_view{"4D9389C6B0DE592F"}, std::string_view{"4d9389c6b0de592f"},
          std::string_view{"B0DE592F"}, std::string_view{"0xb0de592f"}}) {
        CAPTURE(id);
        CHECK(is_signed_by(report, id));
    }
    for (const std::string_view id :
         {encrypt_key, std::string_view{}, std::string_view{"592F"}, std::string_view{"0x"},
          std::string_view{"B0DE592G"}, std::string_view{"CC32EDE2"}}) {
        CAPTURE(id);
        CHECK_FALSE(is_signed_by(report, id));
    }
    CHECK_FALSE(is_signed_by({}, sign_key));
}

TEST_CASE("gpg decrypts our symmetric messages, and only the first line of a passphrase counts")
{
    const GnupgHome home{GnupgHome::Keys::none};
    const auto content = sample(300'000);
    const std::string passphrase = "  blanks, \xC5\xBE and \"quotes\" ";
    const auto settings = home.symmetric(passphrase + "\nsecond line");
    const auto message = encrypt_bytes(content, settings);

    const auto by_gpg =
        home.gpg({"--pinentry-mode", "loopback", "--passphrase", passphrase, "-d"}, message);
    CAPTURE(by_gpg.log);
    CHECK(by_gpg.status == 0);
    CHECK(by_gpg.output == content);

    const auto packets = listed_packets(home, message, with_passphrase(passphrase));
    CAPTURE(packets);
    CHECK(contains(packets, ":symkey enc packet: version 4"));
    CHECK(contains(packets, "mdc_method: 2"));
    CHECK(contains(packets, ":compressed packet: algo=1"));
    CHECK(contains(packets, "mode b (62)"));

    CHECK(open_bytes(message, settings) == content);
}

TEST_CASE("a wrong passphrase and none are told, even if the right one was used before")
{
    const GnupgHome home{GnupgHome::Keys::none};
    const auto message = golden_bytes("sym/target/duplicity-full.20240101T000000Z.manifest.gpg");
    CHECK(!failure_to_open(message, home.symmetric(golden_passphrase)));
    CHECK(failure_to_open(message, home.symmetric("another")) == Error::Kind::wrong_secret);
    CHECK(failure_to_open(message, home.settings()) == Error::Kind::wrong_secret);
    CHECK(failure_to_encrypt(home.settings()) == Error::Kind::wrong_secret);
}

TEST_CASE("gpg decrypts messages to open and to hidden recipients, whose key ids stay secret")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    REQUIRE(home.gpg({"--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key",
                      "second@example.org", "future-default", "default", "never"})
                .status == 0);
    const auto content = sample(100'000);
    auto settings = home.settings();

    settings.recipients = {std::string{encrypt_key}};
    const auto open = encrypt_bytes(content, settings);
    CHECK(home.gpg({"-d"}, open).output == content);
    CHECK(open_bytes(open, settings) == content);
    CHECK(contains(listed_packets(home, open), "keyid B2E61628CC32EDE2"));

    settings.recipients = {};
    settings.hidden_recipients = {std::string{encrypt_key}};
    const auto hidden = encrypt_bytes(content, settings);
    CHECK(home.gpg({"-d"}, hidden).output == content);
    CHECK(open_bytes(hidden, settings) == content);
    CHECK(contains(listed_packets(home, hidden), "keyid 0000000000000000"));
    CHECK_FALSE(contains(listed_packets(home, hidden), "keyid B2E61628CC32EDE2"));

    settings.recipients = {"second@example.org"};
    const auto both = encrypt_bytes(content, settings);
    const auto packets = listed_packets(home, both);
    CAPTURE(packets);
    CHECK(home.gpg({"-d"}, both).output == content);
    CHECK(contains(packets, "keyid 0000000000000000"));
    CHECK_FALSE(contains(packets, "keyid B2E61628CC32EDE2"));
    CHECK(std::count(packets.begin(), packets.end(), '\n') > 0);
    const auto first = packets.find(":pubkey enc packet");
    CHECK(packets.find(":pubkey enc packet", first + 1) != std::string::npos);
}

TEST_CASE("gpg finds our signed messages signed, to keys and with a passphrase")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(100'000);
    auto settings = home.settings();
    settings.sign_key = "0xb0de592f";

    auto to_key = settings;
    to_key.recipients = {std::string{encrypt_key}};
    auto to_hidden = settings;
    to_hidden.hidden_recipients = {std::string{encrypt_key}};
    auto to_passphrase = settings;
    to_passphrase.passphrase = io::Secret{"secret"};

    for (const auto& row : {to_key, to_hidden, to_passphrase}) {
        const auto message = encrypt_bytes(content, row);
        auto arguments = with_passphrase("secret");
        arguments.insert(arguments.end(), {"--status-fd", "2", "-d"});
        const auto by_gpg = home.gpg(arguments, message);
        CAPTURE(by_gpg.log);
        CHECK(by_gpg.status == 0);
        CHECK(by_gpg.output == content);
        CHECK(contains(by_gpg.log, "GOODSIG 4D9389C6B0DE592F"));

        DecryptReport report;
        CHECK(open_bytes(message, row, report) == content);
        CHECK(is_signed_by(report, sign_key));
    }
}

TEST_CASE("the sign key's passphrase is given for the sign key, the other one for the message")
{
    const GnupgHome home{GnupgHome::Keys::none};
    REQUIRE(home.gpg({"--pinentry-mode", "loopback", "--passphrase", "of the key",
                      "--quick-gen-key", "signer@example.org", "ed25519", "sign", "never"})
                .status == 0);
    const auto keys = home.gpg({"--with-colons", "--list-secret-keys"});
    const std::string text{io::text_of(keys.output)};
    const auto at = text.find("\nfpr:::::::::");
    REQUIRE(at != std::string::npos);

    auto settings = home.symmetric("of the message");
    settings.sign_key = text.substr(at + 13, 40);
    settings.sign_passphrase = io::Secret{"of the key"};
    end_agents(home.path());  // which would remember the passphrase

    auto wrong = settings;
    wrong.sign_passphrase = io::Secret{"another"};
    CHECK(failure_to_encrypt(wrong) == Error::Kind::wrong_secret);

    const auto content = sample(1000);
    const auto message = encrypt_bytes(content, settings);
    DecryptReport report;
    CHECK(open_bytes(message, settings, report) == content);
    CHECK(is_signed_by(report, settings.sign_key));
    auto arguments = with_passphrase("of the message");
    arguments.emplace_back("-d");
    CHECK(home.gpg(arguments, message).output == content);
}

TEST_CASE("missing keys are told apart")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const GnupgHome none{GnupgHome::Keys::none};
    const GnupgHome no_signer{GnupgHome::Keys::no_signer};
    const GnupgHome untrusted{GnupgHome::Keys::public_only};
    const auto hidden = golden_bytes("hidden/target/duplicity-full.20240101T000000Z.manifest.gpg");
    const auto is_signed =
        golden_bytes("signed/target/duplicity-full.20240101T000000Z.manifest.gpg");

    CHECK(failure_to_open(hidden, none.settings()) == Error::Kind::wrong_secret);
    CHECK(failure_to_open(is_signed, none.settings()) == Error::Kind::wrong_secret);
    CHECK(failure_to_open(is_signed, no_signer.settings()) == Error::Kind::denied);

    auto settings = untrusted.settings();
    settings.recipients = {std::string{encrypt_key}};
    CHECK(failure_to_encrypt(settings) == Error::Kind::denied);
    settings.always_trust = true;
    CHECK(!failure_to_encrypt(settings));
    settings.sign_key = sign_key;  // only its public half is there
    CHECK(failure_to_encrypt(settings) == Error::Kind::not_found);

    settings = home.settings();
    for (const std::string name :
         {"nobody@example.org", "0123456789ABCDEF0123456789ABCDEF01234567"}) {
        settings.recipients = {std::string{encrypt_key}, name};
        settings.hidden_recipients = {};
        CHECK(failure_to_encrypt(settings) == Error::Kind::not_found);
        settings.recipients = {};
        settings.hidden_recipients = {name};
        CHECK(failure_to_encrypt(settings) == Error::Kind::not_found);
    }
    // A key that cannot encrypt.
    settings.hidden_recipients = {};
    settings.recipients = {std::string{sign_key}};
    CHECK(failure_to_encrypt(settings) == Error::Kind::denied);
}

TEST_CASE("settings that make no sense are refused")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto good = home.settings();
    good.recipients = {std::string{encrypt_key}};
    CHECK(!failure_to_encrypt(good));

    for (const std::string name : {"", "--hidden", "-x", "a\nb"}) {
        CAPTURE(name);
        auto settings = good;
        settings.recipients.push_back(name);
        CHECK(failure_to_encrypt(settings) == Error::Kind::invalid);
    }
    for (const std::string key : {"signer", "12345", "0x", "Q0DE592F"}) {
        CAPTURE(key);
        auto settings = good;
        settings.sign_key = key;
        CHECK(failure_to_encrypt(settings) == Error::Kind::invalid);
    }
    auto settings = good;
    settings.home = "/nonexistent/home";
    CHECK(failure_to_encrypt(settings) == Error::Kind::not_found);
    for (const std::string binary : {"no-such-gpg", "/nonexistent/gpg"}) {
        settings = good;
        settings.gpg_binary = binary;
        CHECK(failure_to_encrypt(settings) == Error::Kind::not_found);
    }
    settings.gpg_binary = "true";  // there, but no gpg
    CHECK(failure_to_encrypt(settings) == Error::Kind::unreachable);
    settings.gpg_binary = "gpg";
    CHECK(!failure_to_encrypt(settings));
}

TEST_CASE("a damaged message is never taken for a good one")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    const auto content = sample(2000);
    const auto message = encrypt_bytes(content, settings);

    // The first 271 bytes are the encrypted session key: damaged there, no key fits any more.
    for (std::size_t at = 0; at < message.size(); at += message.size() / 20) {
        CAPTURE(at);
        auto damaged = message;
        damaged[at] ^= std::byte{0x10};
        const auto failure = failure_to_open(damaged, settings);
        const bool is_told =
            failure == Error::Kind::corrupt || (at < 271 && failure == Error::Kind::wrong_secret);
        CHECK(is_told);
    }
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{300}, message.size() / 2, message.size() - 1}) {
        CAPTURE(bytes);
        CHECK(failure_to_open(io::ByteView{message}.first(bytes), settings) ==
              Error::Kind::corrupt);
    }
    CHECK(failure_to_open(content, settings) == Error::Kind::corrupt);
}

TEST_CASE("damage is told even if gpg was configured not to care")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    const auto content = sample(2000);
    auto message = encrypt_bytes(content, settings);
    home.configure("ignore-mdc-error\n");
    CHECK(open_bytes(message, settings) == content);

    message[message.size() - 5] ^= std::byte{1};  // in the check sum, the content being right
    CHECK(home.gpg({"-d"}, message).output == content);
    CHECK(failure_to_open(message, settings) == Error::Kind::corrupt);

    const auto unprotected = home.gpg({"--rfc2440", "--cipher-algo", "3des", "--disable-mdc", "-r",
                                       std::string{encrypt_key}, "--encrypt"},
                                      content);
    REQUIRE(unprotected.status == 0);
    CHECK(home.gpg({"-d"}, unprotected.output).output == content);
    CHECK(failure_to_open(unprotected.output, settings) == Error::Kind::corrupt);
}

TEST_CASE("a gpg that is killed half-way has not ended well")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    const auto message = encrypt_bytes(sample(3'000'000), settings);

    // gpg under a name of ours that notes its process id.
    const auto program = home.path() + "/noting-gpg";
    const auto note = home.path() + "/pid";
    io::replace_file(program, io::view_of("#!/bin/sh\necho $$ >" + note + "\nexec gpg \"$@\"\n"),
                     0777);
    settings.gpg_binary = program;
    const auto content = sample(3'000'000);
    CHECK(open_bytes(encrypt_bytes(content, settings), settings) == content);

    {
        Encryptor encryptor{settings};
        KillingSource source{content, note};
        io::MemorySink sink;
        CHECK(kind_of_failure([&] { encryptor.encrypt(source, sink); }) ==
              Error::Kind::unreachable);
    }
    DecryptReport report;
    for (const auto to : {DecryptTo::packets, DecryptTo::content}) {
        KillingSource source{message, note};
        io::MemorySink sink;
        CHECK(kind_of_failure([&] { decrypt(source, sink, to, settings, report); }).has_value());
    }
}

TEST_CASE("a good encryption around a wrong signature is corrupt")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    const std::string text = "what was signed";
    auto packets =
        home.gpg({"--sign", "-z0", "-u", std::string{sign_key}}, io::view_of(text)).output;
    const auto at = io::text_of(packets).find(text);
    REQUIRE(at != std::string_view::npos);

    const auto wrapped = [&] {
        io::ViewSource source{packets};
        io::MemorySink message;
        Encryptor{settings}.encrypt(source, message);
        return message.take();
    };
    DecryptReport report;
    CHECK(io::text_of(open_bytes(wrapped(), settings, report)) == text);
    CHECK(is_signed_by(report, sign_key));

    packets[at] = std::byte{'W'};
    CHECK(failure_to_open(wrapped(), settings) == Error::Kind::corrupt);
}

TEST_CASE("messages made with other options of gpg are read")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(50'000);
    const std::vector<std::vector<std::string>> rows{
        {"--compress-algo", "bzip2"},       {"--compress-algo", "none"},
        {"--compress-algo", "zlib", "-z1"}, {"--armor"},
        {"--cipher-algo", "CAMELLIA256"},   {"--cipher-algo", "3DES", "--compress-algo", "zip"},
    };
    for (const auto& options : rows) {
        CAPTURE(options.front());
        CAPTURE(options.back());
        auto arguments = options;
        arguments.insert(arguments.end(), {"-r", std::string{encrypt_key}, "--encrypt"});
        const auto ran = home.gpg(arguments, content);
        REQUIRE(ran.status == 0);
        CHECK(open_bytes(ran.output, home.settings()) == content);
    }
}

TEST_CASE("options in gpg.conf cannot spoil a message unnoticed")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    const auto content = sample(50'000);

    home.configure("armor\n");
    CHECK(open_bytes(encrypt_bytes(content, settings), settings) == content);
    home.configure("compress-algo bzip2\ncipher-algo AES\n");
    CHECK(open_bytes(encrypt_bytes(content, settings), settings) == content);
    // It would change what looks like ends of lines.
    const auto lines = io::Bytes(1000, std::byte{'\r'});
    for (const auto* configuration : {"textmode\n", "textmode\ncompress-algo zlib\n"}) {
        CAPTURE(configuration);
        home.configure(configuration);
        CHECK(open_bytes(encrypt_bytes(lines, settings), settings) == lines);
        CHECK(open_bytes(encrypt_bytes(content, settings), settings) == content);
    }
}

TEST_CASE("what a source or a sink throws comes back out, and unverified bytes stay inside")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    const auto message = encrypt_bytes(sample(500'000), settings);
    DecryptReport report;

    Encryptor encryptor{settings};
    CHECK(kind_of_failure([&] {
              FailingSource source{message};
              io::MemorySink sink;
              encryptor.encrypt(source, sink);
          }) == Error::Kind::cancelled);
    CHECK(kind_of_failure([&] {
              FailingSource source{message};
              io::MemorySink sink;
              decrypt(source, sink, DecryptTo::packets, settings, report);
          }) == Error::Kind::cancelled);
    for (const auto to : {DecryptTo::packets, DecryptTo::content}) {
        CHECK(kind_of_failure([&] {
                  io::ViewSource source{message};
                  FailingSink sink;
                  decrypt(source, sink, to, settings, report);
              }) == Error::Kind::no_space);
    }
}

TEST_CASE("errors about a file name it")
{
    const GnupgHome home{GnupgHome::Keys::none};
    const auto file = io::open_file(golden("keys/ownertrust.txt"), O_RDONLY);
    DecryptReport report;
    try {
        (void)open_encrypted(file.get(), "the volume", home.settings(), "/tmp", report);
        FAIL("a text file was taken for a message");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::corrupt);
        CHECK(error.object() == "the volume");
        CHECK(contains(error.what(), "the volume"));
    }
}

TEST_CASE("several threads encrypt and decrypt at once")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    auto settings = home.settings();
    settings.recipients = {std::string{encrypt_key}};
    std::vector<std::future<bool>> done;
    for (unsigned i = 0; i < 4; ++i) {
        done.push_back(std::async(std::launch::async, [&settings, i] {
            const auto content = sample(200'000, i);
            return open_bytes(encrypt_bytes(content, settings), settings) == content;
        }));
    }
    for (auto& one : done) {
        CHECK(one.get());
    }
}

TEST_CASE("the agents of a home end when told")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto agent_runs = [&] {
        return run({"gpg-connect-agent", "--homedir", home.path(), "--no-autostart", "/bye"})
                   .log.find("no gpg-agent running") == std::string::npos;
    };
    REQUIRE(home.gpg({"--list-secret-keys"}).status == 0);  // which asks it
    REQUIRE(agent_runs());
    end_agents(home.path());
    CHECK_FALSE(agent_runs());
}
