#include "engine/rdiff/delta.hpp"

#include "engine/rdiff/librsync.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace duplid::rdiff {

namespace {

constexpr std::size_t head_bytes = 12;
constexpr std::size_t weak_bytes = 4;

// Larger pieces gain nothing (performance.md 3, "Delta").
constexpr std::size_t input_bytes = std::size_t{64} << 10U;
constexpr std::size_t output_bytes = std::size_t{64} << 10U;

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
    const auto strong_bytes = big_endian_at(signature, 8);
    if (strong_bytes_max(magic) == 0) {
        fail(fmt::format("unknown kind {:08x}", magic));
    }
    if (block_bytes == 0 || block_bytes > table_block_bytes_max) {
        fail(fmt::format("blocks of {} bytes", block_bytes));
    }
    if (strong_bytes == 0 || strong_bytes > strong_bytes_max(magic)) {
        fail(fmt::format("sums of {} bytes", strong_bytes));
    }
    const auto sums = signature.size() - head_bytes;
    if (sums % (weak_bytes + strong_bytes) != 0) {
        fail("cut short within a block's sums");
    }
    if (sums / (weak_bytes + strong_bytes) > std::numeric_limits<int>::max()) {
        fail("more blocks than can be counted");
    }
}

}  // namespace

// --- table --------------------------------------------------------------------------------------

void SignatureTable::Free::operator()(rs_signature* signature) const noexcept
{
    rs_free_sumset(signature);
}

SignatureTable::SignatureTable(io::ByteView signature)
{
    quiet_librsync();
    check(signature);

    struct FreeJob {
        void operator()(rs_job_t* job) const noexcept { rs_job_free(job); }
    };
    rs_signature_t* loaded = nullptr;
    const std::unique_ptr<rs_job_t, FreeJob> job{rs_loadsig_begin(&loaded)};
    auto buffers = buffers_over(signature, true);
    auto result = rs_job_iter(job.get(), &buffers);
    signature_.reset(loaded);  // ours as soon as it is there, also when loading then failed
    if (result == RS_DONE) {
        result = rs_build_hash_table(loaded);
    }
    if (result != RS_DONE) {
        fail(rs_strerror(result));
    }
}

// --- delta --------------------------------------------------------------------------------------

void DeltaMaker::Free::operator()(rs_job* job) const noexcept
{
    rs_job_free(job);
}

DeltaMaker::DeltaMaker(const SignatureTable& table, io::Sink& out)
    : job_{rs_delta_begin(table.signature_.get())}, out_{out},
      output_{std::make_unique_for_overwrite<std::byte[]>(output_bytes)}
{
}

void DeltaMaker::drive(io::ByteView input, bool at_end)
{
    auto buffers = buffers_over(input, at_end);
    // RS_BLOCKED says "out of input or out of room", without saying which: go on while a full
    // output buffer may be hiding more. With eof_in set it can only mean room.
    rs_result state = RS_BLOCKED;
    do {
        buffers.next_out = reinterpret_cast<char*>(output_.get());
        buffers.avail_out = output_bytes;
        state = rs_job_iter(job_.get(), &buffers);
        if (state != RS_DONE && state != RS_BLOCKED) {
            throw Error{Error::Kind::internal,
                        std::string{"librsync delta: "} + rs_strerror(state)};
        }
        if (const auto made = output_bytes - buffers.avail_out; made > 0) {
            out_.write({output_.get(), made});
        }
    } while (state == RS_BLOCKED && (at_end || buffers.avail_in > 0 || buffers.avail_out == 0));
}

void DeltaMaker::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), input_bytes));
        drive(piece, false);
        bytes = bytes.subspan(piece.size());
    }
}

void DeltaMaker::finish()
{
    drive({}, true);
}

bool same_content(io::ByteView old_signature, io::ByteView new_signature) noexcept
{
    return old_signature.size() >= head_bytes && std::ranges::equal(old_signature, new_signature);
}

}  // namespace duplid::rdiff
