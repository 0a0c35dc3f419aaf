// Any bytes as a delta: content or an Error, nothing else. And what we accept, librsync accepts
// and makes the same of.
#include "engine/rdiff/patch.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <librsync.h>
#include <memory>
#include <sys/mman.h>

using namespace duplid;

namespace {

constexpr std::size_t basis_bytes = 1000;
constexpr std::size_t output_bytes_max = std::size_t{1} << 20U;

io::Bytes make_basis()
{
    io::Bytes bytes(basis_bytes);
    for (std::size_t i = 0; i < basis_bytes; ++i) {
        bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
    }
    return bytes;
}

const io::Bytes basis = make_basis();

/// A short delta may ask for endless output.
class LimitedSink final : public io::Sink {
public:
    void write(io::ByteView piece) override
    {
        if (bytes.size() + piece.size() > output_bytes_max) {
            throw Error{Error::Kind::no_space, "enough"};
        }
        io::append(bytes, piece);
    }
    io::Bytes bytes;
};

rs_result copy_of_basis(void*, rs_long_t at, std::size_t* bytes, void** into)
{
    if (at < 0 || static_cast<std::size_t>(at) >= basis.size()) {
        return RS_INPUT_ENDED;
    }
    *bytes = std::min(*bytes, basis.size() - static_cast<std::size_t>(at));
    std::memcpy(*into, basis.data() + at, *bytes);
    return RS_DONE;
}

void check_with_librsync(io::ByteView delta, const io::Bytes& ours)
{
    const std::unique_ptr<rs_job_t, rs_result (*)(rs_job_t*)> job{
        rs_patch_begin(copy_of_basis, nullptr), rs_job_free};
    io::Bytes theirs(ours.size() + 1);
    rs_buffers_t buffers{};
    buffers.next_in = const_cast<char*>(reinterpret_cast<const char*>(delta.data()));
    buffers.avail_in = delta.size();
    buffers.eof_in = 1;
    buffers.next_out = reinterpret_cast<char*>(theirs.data());
    buffers.avail_out = theirs.size();
    if (rs_job_iter(job.get(), &buffers) != RS_DONE || buffers.avail_out != 1 ||
        !std::equal(ours.begin(), ours.end(), theirs.begin())) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const io::Fd file = [] {
        io::Fd made{::memfd_create("basis", MFD_CLOEXEC)};
        io::write_full(made.get(), basis, "basis");
        return made;
    }();
    const auto delta = std::as_bytes(std::span{data, size});
    io::ViewSource source{delta};
    LimitedSink out;
    try {
        rdiff::patch(file.get(), "basis", source, out);
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::no_space) {
            std::abort();
        }
        return 0;
    }
    check_with_librsync(delta, out.bytes);
    return 0;
}
