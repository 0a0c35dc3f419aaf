// Packets by `gpg --store`, which neither encrypts nor signs, are read by us, and ours by gpg.
#include "engine/codec/packet.hpp"

#include "storage/io/file.hpp"
#include "tests/unit/engine/codec/witness.hpp"

#include <doctest/doctest.h>

using namespace duplid;
using namespace duplid::codec;

namespace {

constexpr std::size_t content_bytes_max = std::size_t{64} << 20;

// Nothing when the packets are not for us.
std::optional<io::Bytes> unpack(io::ByteView packets, Engine engine = fastest_engine())
{
    io::ViewSource source{packets};
    const auto content = PacketSource::open(source, engine);
    return content ? std::optional{io::read_all(*content, content_bytes_max)} : std::nullopt;
}

// The packets of a message made of chunks of these sizes, as a volume is.
io::Bytes packets_of_chunks(const std::vector<std::size_t>& sizes, Engine engine,
                            io::Bytes& content)
{
    io::Bytes packets;
    io::append(packets, compressed_packet_head);
    LiteralFramer framer;
    ChunkDeflater deflater{engine};
    DeflatedChunk deflated;
    bool first = true;
    for (const auto size : sizes) {
        const auto chunk = sample(size, static_cast<unsigned>(size));
        deflater.deflate(framer.frame(chunk, std::exchange(first, false)), Level::fast, deflated);
        io::append(packets, deflated.bytes);
        io::append(content, chunk);
    }
    io::append(packets, literal_packet_end);
    return packets;
}

}  // namespace

TEST_CASE("gpg reads chunks of any length as one literal packet, and so do we")
{
    const GnupgHome home{GnupgHome::Keys::none};
    const std::vector<std::vector<std::size_t>> rows{
        {512},
        {506 + 512},  // with the header a power of two
        {1 << 20},
        {(1 << 20) - 512, 512, 3 * 512, 1 << 20, 777 * 512},
        {3 << 20, 1023 * 512, 512},
        {512, 1, 2, 3, 4, 5, 6, 7, 513},
    };
    for (const auto& sizes : rows) {
        for (const auto engine : engines()) {
            CAPTURE(sizes.front());
            io::Bytes content;
            const auto packets = packets_of_chunks(sizes, engine, content);
            const auto by_gpg = home.gpg({"-d"}, packets);
            CAPTURE(by_gpg.log);
            CHECK(by_gpg.status == 0);
            CHECK(by_gpg.output == content);
            CHECK(unpack(packets, engine) == content);
        }
    }
}

TEST_CASE("a framed chunk is not copied, and costs a few bytes at most")
{
    const auto chunk = sample((1 << 20) - 512);
    LiteralFramer framer;
    std::size_t extra_bytes = 0;
    std::size_t data_bytes = 0;
    for (const auto piece : framer.frame(chunk, true)) {
        const bool is_of_chunk =
            piece.data() >= chunk.data() && piece.data() < chunk.data() + chunk.size();
        (is_of_chunk ? data_bytes : extra_bytes) += piece.size();
    }
    CHECK(data_bytes == chunk.size());
    CHECK(extra_bytes <= 32);
}

TEST_CASE("gpg reads the packets of a small content, empty content included")
{
    const GnupgHome home{GnupgHome::Keys::none};
    for (const std::size_t bytes : {0U, 1U, 100U, 511U, 512U, 70'000U}) {
        CAPTURE(bytes);
        const auto content = sample(bytes);
        for (const auto engine : engines()) {
            const auto packets = packets_of(content, Level::better, {}, engine);
            const auto by_gpg = home.gpg({"-d"}, packets);
            CAPTURE(by_gpg.log);
            CHECK(by_gpg.status == 0);
            CHECK(by_gpg.output == content);
            CHECK(unpack(packets, engine) == content);
        }
    }
}

TEST_CASE("gpg lists our packets as a compressed and a literal packet, both well-formed")
{
    const GnupgHome home{GnupgHome::Keys::none};
    io::Bytes content;
    const auto listed =
        home.gpg({"--list-packets"}, packets_of_chunks({512, 1024}, fastest_engine(), content));
    const std::string text{io::text_of(listed.output)};
    CAPTURE(text);
    CHECK(listed.status == 0);
    CHECK(text.find(":compressed packet: algo=1") != std::string::npos);
    CHECK(text.find("mode b (62), created 0, name=\"\"") != std::string::npos);
}

TEST_CASE("what gpg stores is read in every form of length and compression")
{
    const GnupgHome home{GnupgHome::Keys::none};
    for (const std::size_t bytes :
         {0U, 100U, 190U, 191U, 250U, 8383U, 8384U, 70'000U, 1'000'000U}) {
        const auto content = sample(bytes);
        const io::TempDirectory directory{"/tmp"};
        const auto path = directory.path() + "/content";
        io::replace_file(path, content);
        for (const std::string algorithm : {"none", "zip", "zlib"}) {
            CAPTURE(bytes);
            CAPTURE(algorithm);
            // From standard input gpg does not know the length and writes partial ones.
            const auto partial = home.gpg({"--store", "--compress-algo", algorithm}, content);
            const auto fixed = home.gpg({"--store", "--compress-algo", algorithm, "--output", "-",
                                         "--set-filename", "some name", path});
            REQUIRE(partial.status == 0);
            REQUIRE(fixed.status == 0);
            for (const auto engine : engines()) {
                CHECK(unpack(partial.output, engine) == content);
                CHECK(unpack(fixed.output, engine) == content);
            }
        }
    }
}

TEST_CASE("what only gpg can read is left to gpg")
{
    const GnupgHome home{GnupgHome::Keys::secret};
    const auto content = sample(5000);
    const auto bzip2 = home.gpg({"--store", "--compress-algo", "bzip2"}, content);
    const auto text = home.gpg({"--store", "--textmode"}, content);
    const auto sign = home.gpg({"--sign", "-u", std::string{sign_key}}, content);
    const auto bare = home.gpg({"--sign", "-z0", "-u", std::string{sign_key}}, content);
    for (const auto* ran : {&bzip2, &text, &sign, &bare}) {
        CAPTURE(ran->log);
        REQUIRE(ran->status == 0);
        CHECK_FALSE(unpack(ran->output).has_value());
    }
}

TEST_CASE("packets cut short anywhere are corrupt")
{
    const GnupgHome home{GnupgHome::Keys::none};
    const auto content = sample(600);
    io::Bytes ignored;
    for (const auto& packets :
         {packets_of(content, Level::fast), packets_of_chunks({512, 100}, Engine::zlib, ignored),
          home.gpg({"--store", "--compress-algo", "zlib"}, content).output,
          home.gpg({"--store", "--compress-algo", "none"}, content).output}) {
        for (const auto engine : engines()) {
            for (std::size_t bytes = 0; bytes < packets.size(); ++bytes) {
                CAPTURE(bytes);
                CHECK(kind_of_failure([&] {
                          (void)unpack(io::ByteView{packets}.first(bytes), engine);
                      }) == Error::Kind::corrupt);
            }
        }
    }
}

TEST_CASE("anything behind the content is corrupt")
{
    const auto content = sample(600);
    auto packets = packets_of(content, Level::fast);
    for (const auto engine : engines()) {
        auto longer = packets;
        longer.push_back(std::byte{0});
        CHECK(kind_of_failure([&] { (void)unpack(longer, engine); }) == Error::Kind::corrupt);
    }
}

TEST_CASE("a zlib stream with another check sum is corrupt")
{
    const GnupgHome home{GnupgHome::Keys::none};
    auto packets = home.gpg({"--store", "--compress-algo", "zlib"}, sample(600)).output;
    packets.back() ^= std::byte{1};
    CHECK(kind_of_failure([&] { (void)unpack(packets); }) == Error::Kind::corrupt);
}
