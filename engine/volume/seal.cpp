#include "engine/volume/seal.hpp"

#include "engine/codec/packet.hpp"

#include <vector>

namespace duplid::volume {

namespace {

// gpg writes encrypted data in partial bodies of 8 KiB with one byte of length each, and at most
// a few KiB of session key packets, of which one for 16384-bit RSA has 2 KiB, as its signature has.
constexpr std::uint64_t fixed_overhead_bytes = 4096;
constexpr std::uint64_t key_overhead_bytes = 2304;
constexpr std::uint64_t bytes_per_overhead_byte = 4096;

struct Tools {
    codec::ChunkDeflater deflater;
    codec::LiteralFramer framer;
};

/// Half a MB of state for each thread that deflates: there are as many as the pool has workers.
Tools& tools_of_this_thread()
{
    thread_local Tools tools;
    return tools;
}

}  // namespace

void seal(Chunk& chunk, Form form, codec::Level level, bool first, io::ByteView one_pass)
{
    if (form == Form::plain || form == Form::gpg_content) {
        return;
    }
    auto& tools = tools_of_this_thread();
    const auto raw = chunk.raw();
    if (form == Form::gzip) {
        tools.deflater.deflate(std::span{&raw, 1}, level, chunk.deflated);
    } else {
        const auto framed = tools.framer.frame(raw, first);
        std::vector<io::ByteView> pieces;
        if (first) {
            pieces.push_back(one_pass);
        }
        pieces.insert(pieces.end(), framed.begin(), framed.end());
        tools.deflater.deflate(pieces, level, chunk.deflated);
    }
}

std::uint64_t sealed_bytes(const Chunk& chunk, Form form) noexcept
{
    return form == Form::plain || form == Form::gpg_content ? chunk.bytes
                                                            : chunk.deflated.bytes.size();
}

std::uint64_t overhead_bytes(std::uint64_t volume_bytes, std::size_t keys) noexcept
{
    return fixed_overhead_bytes + keys * key_overhead_bytes +
           volume_bytes / bytes_per_overhead_byte;
}

}  // namespace duplid::volume
