// Chunk indexes: there is one spelling of each, so printing gives the input back.
#include "engine/manifest/chunk_index.hpp"
#include "storage/io/base64.hpp"
#include "storage/io/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

namespace manifest = duplid::manifest;

namespace {

void check(std::string_view value)
{
    try {
        if (manifest::print(manifest::parse_chunk_index(value)) != value) {
            std::abort();
        }
    } catch (const duplid::Error& error) {
        if (error.kind() != duplid::Error::Kind::corrupt) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    check({reinterpret_cast<const char*>(data), size});
    // The same bytes as content, which a fuzzer would seldom find its way to through base64.
    check(duplid::io::base64(std::as_bytes(std::span{data, size})));
    return 0;
}
