#include "engine/rdiff/signature_head.hpp"

#include "engine/rdiff/block_sums.hpp"
#include "engine/rdiff/delta.hpp"
#include "engine/rdiff/librsync.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <limits>
#include <string>

namespace duplid::rdiff {

namespace {

std::uint32_t big_endian_at(io::ByteView bytes, std::size_t at) noexcept
{
    std::uint32_t value = 0;
    for (const std::byte byte : bytes.subspan(at, 4)) {
        value = value << 8U | std::to_integer<std::uint32_t>(byte);
    }
    return value;
}

/// Length of the whole hash for each kind of archive-format.md 5.4; 0 for anything else.
std::size_t strong_bytes_max(std::uint32_t magic) noexcept
{
    constexpr std::size_t md4_bytes = 16;
    constexpr std::size_t blake2_bytes = 32;
    switch (magic) {
    case RS_MD4_SIG_MAGIC:
    case RS_RK_MD4_SIG_MAGIC:
        return md4_bytes;
    case RS_BLAKE2_SIG_MAGIC:
    case RS_RK_BLAKE2_SIG_MAGIC:
        return blake2_bytes;
    default:
        return 0;
    }
}

[[noreturn]] void fail(const std::string& what)
{
    throw Error{Error::Kind::corrupt, "signature: " + what};
}

}  // namespace

bool SignatureHead::is_usual() const noexcept
{
    return magic == RS_MD4_SIG_MAGIC && sum_length == strong_bytes;
}

SignatureHead head_of(io::ByteView signature)
{
    if (signature.size() < signature_head_bytes) {
        fail(fmt::format("cut short to {} bytes", signature.size()));
    }
    const SignatureHead head{big_endian_at(signature, 0), big_endian_at(signature, 4),
                             big_endian_at(signature, 8)};
    if (strong_bytes_max(head.magic) == 0) {
        fail(fmt::format("unknown kind {:08x}", head.magic));
    }
    if (head.block_bytes == 0 || head.block_bytes > table_block_bytes_max) {
        fail(fmt::format("blocks of {} bytes", head.block_bytes));
    }
    if (head.sum_length == 0 || head.sum_length > strong_bytes_max(head.magic)) {
        fail(fmt::format("sums of {} bytes", head.sum_length));
    }
    const auto sums = signature.size() - signature_head_bytes;
    if (sums % (weak_bytes + head.sum_length) != 0) {
        fail("cut short within a block's sums");
    }
    if (sums / (weak_bytes + head.sum_length) > std::numeric_limits<int>::max()) {
        fail("more blocks than can be counted");
    }
    return head;
}

}  // namespace duplid::rdiff
