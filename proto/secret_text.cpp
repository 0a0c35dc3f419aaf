#include "proto/secret_text.hpp"

#include <cstring>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace duplid::proto {

namespace {

// The same as in storage/io/secret.cpp, which this folder may not know. Whole pages, because
// locking works on pages and would otherwise end for a neighbour, too.
std::shared_ptr<const char> locked_copy(std::string_view text)
{
    static const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto mapped = (text.size() / page_bytes + 1) * page_bytes;
    void* const memory =
        ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc{};
    }
    // Best effort: RLIMIT_MEMLOCK may be 0, and the pages are wiped anyway.
    (void)::mlock(memory, mapped);
    (void)::madvise(memory, mapped, MADV_DONTDUMP);
    (void)::madvise(memory, mapped, MADV_WIPEONFORK);
    if (!text.empty()) {
        std::memcpy(memory, text.data(), text.size());
    }
    const auto end = [mapped](const char* bytes) noexcept {
        auto* const pages = const_cast<char*>(bytes);
        wipe_memory(pages, mapped);
        ::munmap(pages, mapped);
    };
    return {static_cast<const char*>(memory), end};
}

}  // namespace

void wipe_memory(void* memory, std::size_t bytes) noexcept
{
    if (bytes > 0) {
        // From glibc, for this very purpose: the compiler must not leave it out.
        explicit_bzero(memory, bytes);
    }
}

SecretText::SecretText(std::string_view text) : bytes_{locked_copy(text)}, size_{text.size()} {}

SecretText::SecretText(WipedBuffer&& buffer) : SecretText{text_of(buffer)}
{
    WipedBuffer{}.swap(buffer);
}

}  // namespace duplid::proto
