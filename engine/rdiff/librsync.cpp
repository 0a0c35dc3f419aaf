#include "engine/rdiff/librsync.hpp"

namespace duplid::rdiff {

void quiet_librsync() noexcept
{
    static const bool done = [] {
        rs_trace_to([](rs_loglevel, const char*) {});
        return true;
    }();
    static_cast<void>(done);
}

rs_buffers_t buffers_over(io::ByteView input, bool at_end) noexcept
{
    rs_buffers_t buffers{};
    buffers.next_in = const_cast<char*>(reinterpret_cast<const char*>(input.data()));
    buffers.avail_in = input.size();
    buffers.eof_in = at_end ? 1 : 0;
    return buffers;
}

}  // namespace duplid::rdiff
