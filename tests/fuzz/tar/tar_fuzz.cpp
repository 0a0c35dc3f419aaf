// Any bytes as a tar: entries or an Error, nothing else. And what was read, when written again and
// read again, is the same.
#include "engine/tar/reader.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

using namespace duplid;

namespace {

/// What the writer is not made to give back: it stores times before 1970 as 0 unless a record has
/// them, and refuses large device numbers.
bool is_writable(const tar::Header& header)
{
    constexpr std::uint32_t device_max = 07777777;
    const bool has_time =
        header.mtime >= 0 || (!header.extra.empty() && header.extra.back().keyword == "mtime");
    return has_time && header.dev_major <= device_max && header.dev_minor <= device_max &&
           tar::encoded_bytes(header) <= tar::pax_bytes_max;
}

void check_round_trip(const tar::Header& header)
{
    io::Bytes encoded;
    tar::append_header(header, encoded);
    if (encoded.size() != tar::encoded_bytes(header)) {
        std::abort();
    }
    io::ViewSource source{encoded};
    tar::Reader reader{source};
    tar::Header again;
    if (!reader.next(again) || again != header || reader.data_offset() != encoded.size()) {
        std::abort();
    }
}

/// Makes the checksums of what look like headers right, or no mutation would get past them.
void mend(io::Bytes& archive)
{
    for (std::size_t at = 0; at + tar::block_bytes <= archive.size(); at += tar::block_bytes) {
        const io::ByteSpan block{archive.data() + at, tar::block_bytes};
        if (io::text_of(block.subspan(257, 5)) != "ustar") {
            continue;
        }
        std::ranges::fill(block.subspan(148, 8), std::byte{' '});
        unsigned sum = 0;
        for (const std::byte byte : block) {
            sum += std::to_integer<unsigned>(byte);
        }
        for (std::size_t digit = 6; digit-- > 0; sum /= 8) {
            block[148 + digit] = static_cast<std::byte>('0' + sum % 8);
        }
    }
}

void read_all(io::ByteView archive)
{
    io::ViewSource source{archive};
    tar::Reader reader{source};
    tar::Header header;
    std::array<std::byte, 700> piece{};
    try {
        while (reader.next(header)) {
            if (header.mode % 2 == 0) {
                while (reader.read(piece) > 0) {
                }
            }
            if (is_writable(header)) {
                check_round_trip(header);
            }
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto input = std::as_bytes(std::span{data, size});
    read_all(input);
    io::Bytes mended{input.begin(), input.end()};
    mend(mended);
    read_all(mended);
    return 0;
}
