// Any volume with any chunk index, searched for any key: bytes or an Error, within bounds.
#include "engine/volume/chunk_source.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <cstring>
#include <string>

using namespace duplid;

namespace {

/// Takes numbers off the front of the input.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t bytes) : data_{data}, left_{bytes} {}
    template <class Number>
    Number number()
    {
        Number value{};
        const auto take = std::min(sizeof value, left_);
        std::memcpy(&value, data_, take);
        data_ += take;
        left_ -= take;
        return value;
    }
    [[nodiscard]] io::ByteView rest() const { return std::as_bytes(std::span{data_, left_}); }

private:
    const std::uint8_t* data_;
    std::size_t left_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes)
{
    Input input{data, bytes};
    volume::ChunkedVolume volume;
    volume.name = "volume";
    const auto flags = input.number<std::uint8_t>();
    volume.deflated = (flags & 1U) != 0;
    volume.first_offset = input.number<std::uint8_t>();
    for (auto chunks = input.number<std::uint8_t>() % 8U; chunks > 0; --chunks) {
        // Small lengths mostly, so that they fit; sometimes any.
        const bool any = (input.number<std::uint8_t>() & 15U) == 0;
        const auto length = [&] {
            return any ? input.number<std::uint64_t>() : input.number<std::uint16_t>();
        };
        const auto stored = length();
        const auto raw = length();
        volume.chunks.push_back({stored, raw, input.number<std::uint32_t>()});
    }
    const std::string key(1 + flags % 3, static_cast<char>(flags));
    const auto content = input.rest();
    volume.read_range = [content](std::uint64_t offset, std::size_t want) {
        const auto at = static_cast<std::size_t>(std::min<std::uint64_t>(offset, content.size()));
        const auto part = content.subspan(at, std::min(want, content.size() - at));
        return io::Bytes(part.begin(), part.end());
    };
    try {
        volume::ChunkSource source{volume, key};
        io::Bytes buffer(4096);
        while (source.read(buffer) > 0) {
        }
    } catch (const Error&) {
        return 0;
    }
    return 0;
}
