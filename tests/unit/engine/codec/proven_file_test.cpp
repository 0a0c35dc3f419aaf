// What comes while gpg decrypts is what comes after it has: gpg itself is the witness.
#include "engine/codec/proven_file.hpp"

#include "engine/codec/encryptor.hpp"
#include "engine/codec/packet.hpp"
#include "storage/io/file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <unistd.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

constexpr std::size_t content_bytes_max = std::size_t{64} << 20;

std::unique_ptr<io::Source> open(io::ByteView message, const OpenPgpSettings& settings,
                                 DecryptReport& report)
{
    auto file = io::TempFile::unnamed("/tmp");
    io::write_full(file.fd(), message, "message");
    REQUIRE(::lseek(file.fd(), 0, SEEK_SET) == 0);
    return open_proven(file.take_fd(), "the volume", settings, "/tmp", report);
}

io::Bytes read(io::ByteView message, const OpenPgpSettings& settings)
{
    DecryptReport report;
    return io::read_all(*open(message, settings, report), content_bytes_max);
}

io::Bytes message_of(const GnupgHome& home, io::ByteView content,
                     std::vector<std::string> options = {})
{
    options.insert(options.end(), {"-r", std::string{encrypt_key}, "--encrypt"});
    auto ran = home.gpg(options, content);
    REQUIRE(ran.status == 0);
    return std::move(ran.output);
}

}  // namespace

TEST_CASE("proven files of duplicity read as gpg reads them, signed ones too")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    for (const auto* target : {"hidden/target", "signed/target"}) {
        int files = 0;
        DecryptReport report;
        for (const auto& entry : std::filesystem::directory_iterator{golden(target)}) {
            CAPTURE(entry.path().string());
            ++files;
            const auto message = io::read_file(entry.path().string(), content_bytes_max);
            const auto expected = home.gpg({"-d"}, message);
            REQUIRE(expected.status == 0);
            const auto content = open(message, home.settings(), report);
            CHECK(io::read_all(*content, content_bytes_max) == expected.output);
        }
        CHECK(files >= 6);
        CHECK(report.is_signed == (std::string_view{target} == "signed/target"));
    }
}

TEST_CASE("packets that only gpg can read, and text, are left to gpg")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(500'000);
    for (const auto* algorithm : {"bzip2", "none", "zip"}) {
        CAPTURE(algorithm);
        const auto message = message_of(home, content, {"--compress-algo", algorithm});
        CHECK(read(message, home.settings()) == content);
    }
    const auto message = message_of(home, content);
    home.configure("armor\n");
    CHECK(read(message, home.settings()) == content);
}

TEST_CASE("a message that is changed or cut is corrupt by the last read")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto message = message_of(home, sample(500'000));
    const auto failure = [&](io::ByteView bytes) {
        return kind_of_failure([&] { (void)read(bytes, home.settings()); });
    };
    for (const auto share : {2U, 4U}) {
        auto changed = message;
        changed[changed.size() - changed.size() / share] ^= std::byte{1};
        CHECK(failure(changed) == Error::Kind::corrupt);
        CHECK(failure(io::ByteView{message}.first(message.size() / share)) == Error::Kind::corrupt);
    }
    auto changed = message;
    changed.back() ^= std::byte{1};
    CHECK(failure(changed) == Error::Kind::corrupt);
}

TEST_CASE("without its key a proven file does not open, and the error names it")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const GnupgHome other{GnupgHome::Keys::none};
    const auto message = message_of(home, sample(1000));
    DecryptReport report;
    try {
        (void)open(message, other.settings(), report);
        FAIL("it was read without a key");
    } catch (const Error& error) {
        CHECK(error.kind() == Error::Kind::wrong_secret);
        CHECK(error.object() == "the volume");
    }
}

TEST_CASE("a proven file may be left in its middle")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(4'000'000);
    const auto message = message_of(home, content);
    DecryptReport report;
    const auto source = open(message, home.settings(), report);
    io::Bytes front(100'000);
    CHECK(io::read_full(*source, front) == front.size());
    CHECK(std::equal(front.begin(), front.end(), content.begin()));
}
