// Any file and any delta, with the signature of a known old file: what is proved is what the delta
// makes of the old file.
#include "engine/rdiff/delta_proof.hpp"
#include "engine/rdiff/patch.hpp"
#include "engine/rdiff/signature.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <sys/mman.h>

using namespace duplid;

namespace {

constexpr std::size_t basis_bytes = 1000;
constexpr std::uint32_t block_bytes = 64;

/// Every block another one, in letters, so that a fuzzer finds pieces of it by itself.
io::Bytes make_basis()
{
    io::Bytes bytes(basis_bytes);
    for (std::size_t i = 0; i < basis_bytes; ++i) {
        bytes[i] = static_cast<std::byte>('a' + i / block_bytes);
    }
    return bytes;
}

const io::Bytes basis = make_basis();

io::Bytes make_signature()
{
    io::MemorySink out;
    rdiff::SignatureMaker maker{block_bytes, out};
    maker.write(basis);
    maker.finish();
    return out.take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const io::Fd old = [] {
        io::Fd made{::memfd_create("basis", MFD_CLOEXEC)};
        io::write_full(made.get(), basis, "basis");
        return made;
    }();
    static const io::Bytes signature = make_signature();
    if (size == 0) {
        return 0;
    }
    const auto all = std::as_bytes(std::span{data, size});
    const auto cut = 1 + std::to_integer<std::size_t>(all[0]) * (size - 1) / 256;
    // The first part of the file is the old one, as of most files.
    auto file = basis;
    file.resize(std::to_integer<std::size_t>(all[0]) * 4);
    io::append(file, all.subspan(1, cut - 1));
    const auto delta = all.subspan(cut);

    io::Bytes proved;
    try {
        rdiff::DeltaProof proof{
            signature,
            [&](std::uint64_t offset, io::ByteSpan into) {
                if (offset > file.size() || into.size() > file.size() - offset) {
                    return false;
                }
                const auto from =
                    io::ByteView{file}.subspan(static_cast<std::size_t>(offset), into.size());
                std::copy(from.begin(), from.end(), into.begin());
                return true;
            },
            [&](io::ByteView piece) { io::append(proved, piece); }};
        proof.write(delta);
        proof.finish();
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
        return 0;
    }
    io::ViewSource source{delta};
    io::MemorySink patched;
    rdiff::patch(old.get(), "basis", source, patched);
    if (patched.take() != proved) {
        std::abort();
    }
    return 0;
}
