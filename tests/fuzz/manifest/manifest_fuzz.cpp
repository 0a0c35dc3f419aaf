// Manifests: whatever is read is the same after printing, and nothing but damage is complained of.
#include "engine/manifest/chunk_index.hpp"
#include "engine/manifest/reader.hpp"
#include "engine/manifest/writer.hpp"
#include "storage/io/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

namespace manifest = duplid::manifest;

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

void check_strict(duplid::io::ByteView bytes)
{
    manifest::Manifest parsed;
    try {
        parsed = manifest::parse(bytes);
    } catch (const duplid::Error& error) {
        require(error.kind() == duplid::Error::Kind::corrupt);
        return;
    }
    // Printing states the true count of files.
    parsed.files_stated = parsed.files.size();
    const auto printed = manifest::print(parsed);
    // An empty manifest prints as nothing, which is no manifest.
    if (!printed.empty()) {
        require(manifest::parse(printed) == parsed);
    }
}

void check_unfinished(duplid::io::ByteView bytes)
{
    try {
        const auto parsed = manifest::parse_unfinished(bytes);
        (void)manifest::print(parsed);
        for (const auto& volume : parsed.volumes) {
            (void)manifest::may_hold(volume, volume.last.key);
            (void)manifest::parse_chunk_index(volume.chunks);
        }
    } catch (const duplid::Error& error) {
        require(error.kind() == duplid::Error::Kind::corrupt);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto bytes = std::as_bytes(std::span{data, size});
    check_strict(bytes);
    check_unfinished(bytes);
    return 0;
}
