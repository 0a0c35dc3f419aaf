#include "engine/rdiff/delta.hpp"

#include "engine/rdiff/block_index.hpp"
#include "engine/rdiff/delta_scanner.hpp"
#include "engine/rdiff/librsync.hpp"
#include "engine/rdiff/librsync_delta.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace duplid::rdiff {

namespace {

constexpr std::size_t head_bytes = 12;

/// The signature is looked through as the file is: 1.5 MB of it for as much of the file.
constexpr std::uint64_t bytes_between_rests = std::uint64_t{256} << 20U;

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

/// Everything a signature can get wrong, so that librsync is only ever given sound ones.
void check(io::ByteView signature)
{
    if (signature.size() < head_bytes) {
        fail(fmt::format("cut short to {} bytes", signature.size()));
    }
    const auto magic = big_endian_at(signature, 0);
    const auto block_bytes = big_endian_at(signature, 4);
    const auto sum_length = big_endian_at(signature, 8);
    if (strong_bytes_max(magic) == 0) {
        fail(fmt::format("unknown kind {:08x}", magic));
    }
    if (block_bytes == 0 || block_bytes > table_block_bytes_max) {
        fail(fmt::format("blocks of {} bytes", block_bytes));
    }
    if (sum_length == 0 || sum_length > strong_bytes_max(magic)) {
        fail(fmt::format("sums of {} bytes", sum_length));
    }
    const auto sums = signature.size() - head_bytes;
    if (sums % (weak_bytes + sum_length) != 0) {
        fail("cut short within a block's sums");
    }
    if (sums / (weak_bytes + sum_length) > std::numeric_limits<int>::max()) {
        fail("more blocks than can be counted");
    }
}

}  // namespace

SignatureTable::SignatureTable(io::SpillBuffer& signature, const std::string& temp_directory)
    : signature_{signature}
{
    const auto bytes = signature.view();
    check(bytes);
    block_bytes_ = big_endian_at(bytes, 4);
    if (big_endian_at(bytes, 0) == RS_MD4_SIG_MAGIC && big_endian_at(bytes, 8) == strong_bytes) {
        index_ = std::make_unique<const BlockIndex>(bytes.subspan(head_bytes), temp_directory,
                                                    [&signature] { signature.forget_pages(); });
        signature.forget_pages();
    } else {
        librsync_ = std::make_unique<const LibrsyncTable>(bytes);
    }
}

SignatureTable::~SignatureTable() = default;

DeltaMaker::DeltaMaker(const SignatureTable& table, io::Sink& out) : table_{table}
{
    if (table.index_) {
        scanner_ = std::make_unique<DeltaScanner>(*table.index_, table.block_bytes_, out);
    } else {
        librsync_ = std::make_unique<LibrsyncDelta>(*table.librsync_, out);
    }
}

DeltaMaker::~DeltaMaker() = default;

void DeltaMaker::write(io::ByteView bytes)
{
    if (librsync_) {
        librsync_->write(bytes);
        return;
    }
    scanner_->write(bytes);
    since_rest_ += bytes.size();
    if (since_rest_ >= bytes_between_rests) {
        table_.signature_.forget_pages();
        since_rest_ = 0;
    }
}

void DeltaMaker::finish()
{
    if (librsync_) {
        librsync_->finish();
    } else {
        scanner_->finish();
    }
}

bool same_content(io::ByteView old_signature, io::ByteView new_signature) noexcept
{
    return old_signature.size() >= head_bytes && std::ranges::equal(old_signature, new_signature);
}

}  // namespace duplid::rdiff
