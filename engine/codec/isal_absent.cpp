#include "engine/codec/compressor.hpp"
#include "storage/io/error.hpp"

#include <cstdlib>

namespace duplid::codec {

bool isal_is_built_in() noexcept
{
    return false;
}

std::unique_ptr<Compressor> isal_compressor()
{
    throw Error{Error::Kind::internal, "this build has no ISA-L"};
}

std::unique_ptr<Decompressor> isal_decompressor()
{
    throw Error{Error::Kind::internal, "this build has no ISA-L"};
}

std::uint32_t isal_crc32(io::ByteView, std::uint32_t) noexcept
{
    std::abort();
}

}  // namespace duplid::codec
