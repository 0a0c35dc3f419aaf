// Any two contents, as old and new: librsync makes the new one of the old one and our delta.
#include "engine/rdiff/delta.hpp"
#include "engine/rdiff/signature.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <librsync.h>
#include <memory>

using namespace duplid;

namespace {

rs_result copy_of(void* opaque, rs_long_t at, std::size_t* bytes, void** into)
{
    const auto& basis = *static_cast<const io::ByteView*>(opaque);
    if (at < 0 || static_cast<std::size_t>(at) >= basis.size()) {
        return RS_INPUT_ENDED;
    }
    *bytes = std::min(*bytes, basis.size() - static_cast<std::size_t>(at));
    std::memcpy(*into, basis.data() + at, *bytes);
    return RS_DONE;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 4) {
        return 0;
    }
    const auto all = std::as_bytes(std::span{data, size});
    const auto block_bytes = 1U + std::to_integer<unsigned>(all[0]) % 64U;
    const auto at_once = std::size_t{1} + std::to_integer<std::size_t>(all[1]);
    const auto cut = 3 + std::to_integer<std::size_t>(all[2]) * (size - 3) / 256;
    auto before = all.subspan(3, cut - 3);
    const auto after = all.subspan(cut);

    io::SpillBuffer signature{io::default_temp_directory()};
    rdiff::SignatureMaker maker{block_bytes, signature};
    maker.write(before);
    maker.finish();
    const rdiff::SignatureTable table{signature, io::default_temp_directory()};
    io::MemorySink delta;
    rdiff::DeltaMaker deltas{table, delta};
    for (std::size_t at = 0; at < after.size(); at += at_once) {
        deltas.write(after.subspan(at, std::min(at_once, after.size() - at)));
    }
    deltas.finish();

    const std::unique_ptr<rs_job_t, rs_result (*)(rs_job_t*)> job{rs_patch_begin(copy_of, &before),
                                                                  rs_job_free};
    io::Bytes made(after.size() + 1);
    rs_buffers_t buffers{};
    const auto view = delta.view();
    buffers.next_in = const_cast<char*>(reinterpret_cast<const char*>(view.data()));
    buffers.avail_in = view.size();
    buffers.eof_in = 1;
    buffers.next_out = reinterpret_cast<char*>(made.data());
    buffers.avail_out = made.size();
    if (rs_job_iter(job.get(), &buffers) != RS_DONE || buffers.avail_out != 1 ||
        !std::equal(after.begin(), after.end(), made.begin())) {
        std::abort();
    }
    return 0;
}
