#include "engine/operation/state/content_proof.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace duplid::operation {

namespace {

/// archive-format.md 5.2: magic, block length, length of the strong sums, each big-endian.
constexpr std::size_t head_bytes = 12;
constexpr std::uint32_t md4_magic = 0x72730136U;
constexpr std::uint32_t strong_bytes = 8;
constexpr std::uint32_t block_bytes_max = std::uint32_t{16} << 20U;
/// A signature is about 1/170 of its file; this is one of 170 GB.
constexpr std::size_t signature_bytes_max = std::size_t{1} << 30U;

std::uint32_t big_endian(io::ByteView bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) {
        value = value << 8U | std::to_integer<std::uint32_t>(bytes[at + i]);
    }
    return value;
}

}  // namespace

void ContentProof::Comparison::write(io::ByteView bytes)
{
    same_ = same_ && bytes.size() <= left_.size() &&
            std::equal(bytes.begin(), bytes.end(), left_.begin());
    left_ = left_.subspan(std::min(bytes.size(), left_.size()));
}

ContentProof::ContentProof(KnownState& known, std::string temp_directory)
    : recorded_{std::move(temp_directory)}
{
    io::Bytes buffer(std::size_t{64} << 10U);
    while (const auto got = known.read_signature(buffer)) {
        if (recorded_.bytes() + got > signature_bytes_max) {
            recorded_.clear();
            return;
        }
        recorded_.write(io::ByteView{buffer}.first(got));
    }
    const auto signature = recorded_.view();
    if (signature.size() < head_bytes || big_endian(signature, 0) != md4_magic ||
        big_endian(signature, 8) != strong_bytes) {
        return;
    }
    const auto block_bytes = big_endian(signature, 4);
    if (block_bytes > 0 && block_bytes <= block_bytes_max) {
        comparison_.expect(signature);
        maker_.emplace(block_bytes, comparison_);
    }
}

void ContentProof::write(io::ByteView bytes)
{
    if (maker_) {
        maker_->write(bytes);
    }
}

ContentProof::Verdict ContentProof::verdict()
{
    if (!maker_) {
        return Verdict::unknown;
    }
    maker_->finish();
    return comparison_.is_same() ? Verdict::same : Verdict::different;
}

}  // namespace duplid::operation
