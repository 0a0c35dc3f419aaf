#include "storage/io/wiped_memory.hpp"

#include "storage/io/secret.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <malloc.h>

namespace duplid::io {

namespace {

// Not inlined: its array is to lie where the frames of earlier calls were.
// The header says how secrets get there. Wiping the stack alone left one for its top.
void wipe_registers() noexcept
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx") != 0) {
        asm volatile("vzeroall" ::
                         : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                           "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
    }
#endif
}

[[gnu::noinline]] void wipe_below() noexcept
{
    std::array<char, 32768> left;
    wipe(left.data(), left.size());
}

}  // namespace

void* wiped_malloc(std::size_t bytes) noexcept
{
    return std::malloc(bytes);
}

void* wiped_calloc(std::size_t count, std::size_t bytes) noexcept
{
    return std::calloc(count, bytes);
}

char* wiped_strdup(const char* text) noexcept
{
    return ::strdup(text);
}

void* wiped_realloc(void* block, std::size_t bytes) noexcept
{
    if (block == nullptr) {
        return std::malloc(bytes);
    }
    const auto had = ::malloc_usable_size(block);
    if (bytes <= had) {
        return block;
    }
    void* const larger = std::malloc(bytes);
    if (larger != nullptr) {
        std::memcpy(larger, block, had);
        wiped_free(block);
    }
    return larger;
}

void wiped_free(void* block) noexcept
{
    wiped_free_of(block, SIZE_MAX);
}

void wiped_free_of(void* block, std::size_t bytes_max) noexcept
{
    if (block == nullptr) {
        return;
    }
    const auto bytes = ::malloc_usable_size(block);
    if (bytes <= bytes_max) {
        wipe(block, bytes);
    }
    std::free(block);
}

void wipe_stack() noexcept
{
    struct AtEnd {
        ~AtEnd() { wipe_below(); }
    };
    thread_local const AtEnd at_end{};
    static_cast<void>(at_end);
    wipe_below();
    wipe_registers();
}

}  // namespace duplid::io
