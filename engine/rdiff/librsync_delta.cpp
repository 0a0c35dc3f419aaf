#include "engine/rdiff/librsync_delta.hpp"

#include "engine/rdiff/librsync.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <string>

namespace duplid::rdiff {

namespace {

// Larger pieces gain nothing (performance.md 3, "Delta").
constexpr std::size_t input_bytes = std::size_t{64} << 10U;
constexpr std::size_t output_bytes = std::size_t{64} << 10U;

}  // namespace

void LibrsyncTable::Free::operator()(rs_signature* signature) const noexcept
{
    rs_free_sumset(signature);
}

LibrsyncTable::LibrsyncTable(io::ByteView signature)
{
    quiet_librsync();
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
        throw Error{Error::Kind::corrupt, std::string{"signature: "} + rs_strerror(result)};
    }
}

void LibrsyncDelta::Free::operator()(rs_job* job) const noexcept
{
    rs_job_free(job);
}

LibrsyncDelta::LibrsyncDelta(const LibrsyncTable& table, io::Sink& out)
    : job_{rs_delta_begin(table.signature_.get())}, out_{out},
      output_{std::make_unique_for_overwrite<std::byte[]>(output_bytes)}
{
}

void LibrsyncDelta::drive(io::ByteView input, bool at_end)
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

void LibrsyncDelta::write(io::ByteView bytes)
{
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), input_bytes));
        drive(piece, false);
        bytes = bytes.subspan(piece.size());
    }
}

void LibrsyncDelta::finish()
{
    drive({}, true);
}

}  // namespace duplid::rdiff
