#include "engine/rdiff/block_sums.hpp"

#include <array>

namespace duplid::rdiff {

SumBlocks sum_blocks_baseline;
SumBlocks sum_blocks_avx2;
SumBlocks sum_blocks_avx512;
SumScattered sum_scattered_baseline;
SumScattered sum_scattered_avx2;
SumScattered sum_scattered_avx512;

namespace {

struct Kernels {
    std::array<Kernel, 3> all{};
    std::size_t count = 0;
};

Kernels find_kernels() noexcept
{
    Kernels found;
    const auto add = [&found](Kernel kernel) { found.all[found.count++] = kernel; };
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")) {
        add({"avx512", &sum_blocks_avx512, &sum_scattered_avx512});
    }
    if (__builtin_cpu_supports("avx2")) {
        add({"avx2", &sum_blocks_avx2, &sum_scattered_avx2});
    }
#endif
    add({"baseline", &sum_blocks_baseline, &sum_scattered_baseline});
    return found;
}

}  // namespace

std::span<const Kernel> kernels() noexcept
{
    static const Kernels found = find_kernels();
    return std::span{found.all}.first(found.count);
}

}  // namespace duplid::rdiff
