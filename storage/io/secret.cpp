#include "storage/io/secret.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace duplid::io {

namespace {

// Whole pages, because locking works on pages and would otherwise end for a neighbour, too.
std::shared_ptr<const char> locked_copy(std::string_view text)
{
    static const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const auto mapped = (text.size() / page_bytes + 1) * page_bytes;
    void* const memory =
        ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw system_error(errno, "reserving memory for a secret", "");
    }
    // Best effort: RLIMIT_MEMLOCK may be 0, and the pages are wiped anyway.
    (void)::mlock(memory, mapped);
    (void)::madvise(memory, mapped, MADV_DONTDUMP);
    // A fork has zeros here; what is started by posix_spawn() never sees these pages.
    (void)::madvise(memory, mapped, MADV_WIPEONFORK);
    if (!text.empty()) {
        std::memcpy(memory, text.data(), text.size());
    }
    const auto end = [mapped](const char* bytes) noexcept {
        auto* const pages = const_cast<char*>(bytes);
        wipe(pages, mapped);
        ::munmap(pages, mapped);
    };
    return {static_cast<const char*>(memory), end};
}

}  // namespace

void wipe(void* memory, std::size_t bytes) noexcept
{
    if (bytes > 0) {
        ::explicit_bzero(memory, bytes);
    }
}

Secret::Secret(std::string_view text) : bytes_{locked_copy(text)}, size_{text.size()} {}

bool Secret::equals(const Secret& other) const noexcept
{
    const auto ours = reveal();
    const auto theirs = other.reveal();
    if (is_set() != other.is_set() || ours.size() != theirs.size()) {
        return false;
    }
    unsigned char difference = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        difference =
            static_cast<unsigned char>(difference | (static_cast<unsigned char>(ours[i]) ^
                                                     static_cast<unsigned char>(theirs[i])));
    }
    return difference == 0;
}

}  // namespace duplid::io
