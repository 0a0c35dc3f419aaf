#include "engine/codec/engine.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/compressor.hpp"
#include "storage/io/error.hpp"

namespace duplid::codec {

namespace {

void require(Engine engine)
{
    if (!has_engine(engine)) {
        throw Error{Error::Kind::invalid, "this build has no ISA-L"};
    }
}

}  // namespace

bool has_engine(Engine engine) noexcept
{
    return engine == Engine::zlib || isal_is_built_in();
}

Engine fastest_engine() noexcept
{
    return isal_is_built_in() ? Engine::isal : Engine::zlib;
}

std::unique_ptr<Compressor> make_compressor(Engine engine)
{
    require(engine);
    return engine == Engine::isal ? isal_compressor() : zlib_compressor();
}

std::unique_ptr<Decompressor> make_decompressor(Engine engine)
{
    require(engine);
    return engine == Engine::isal ? isal_decompressor() : zlib_decompressor();
}

std::uint32_t crc32_of(io::ByteView bytes, std::uint32_t before) noexcept
{
    return isal_is_built_in() ? isal_crc32(bytes, before) : zlib_crc32(bytes, before);
}

std::uint32_t adler32_of(io::ByteView bytes, std::uint32_t before) noexcept
{
    return zlib_adler32(bytes, before);
}

}  // namespace duplid::codec
