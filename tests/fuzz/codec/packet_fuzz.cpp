// Any bytes as OpenPGP packets, and as one deflated chunk: both engines agree on what comes of it.
#include "engine/codec/inflate.hpp"
#include "engine/codec/packet.hpp"
#include "tests/fuzz/codec/outcome.hpp"

using namespace duplid;
using namespace duplid::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1) {
        return 0;
    }
    const io::ByteView input{reinterpret_cast<const std::byte*>(data + 1), size - 1};
    const auto unpack = [&](Engine engine, std::size_t portion) {
        return outcome_of([&] {
            PortionedSource source{input, portion};
            const auto content = PacketSource::open(source, engine);
            return content ? read_whole(*content) : std::nullopt;
        });
    };
    const auto expected = unpack(Engine::zlib, SIZE_MAX);
    if (unpack(fastest_engine(), SIZE_MAX) != expected ||
        unpack(fastest_engine(), 1U + data[0]) != expected) {
        std::abort();
    }

    const auto inflate = [&](Engine engine) {
        return outcome_of(
            [&] { return std::optional{inflate_chunk(input, std::size_t{16} * data[0], engine)}; });
    };
    if (inflate(fastest_engine()) != inflate(Engine::zlib)) {
        std::abort();
    }
    return 0;
}
