// Any bytes as a gzip file: both engines give the same content, or both find it corrupt.
#include "engine/codec/inflate.hpp"
#include "tests/fuzz/codec/outcome.hpp"

using namespace duplid;
using namespace duplid::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1) {
        return 0;
    }
    const io::ByteView input{reinterpret_cast<const std::byte*>(data + 1), size - 1};
    const auto gunzip = [&](Engine engine, std::size_t portion) {
        return outcome_of([&] {
            PortionedSource source{input, portion};
            GunzipSource content{source, engine};
            return read_whole(content);
        });
    };
    const auto expected = gunzip(Engine::zlib, SIZE_MAX);
    if (gunzip(fastest_engine(), SIZE_MAX) != expected ||
        gunzip(fastest_engine(), 1U + data[0]) != expected) {
        std::abort();
    }
    return 0;
}
