#include "storage/io/secret.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>

namespace duplid::io {

void wipe(void* memory, std::size_t bytes) noexcept
{
    if (bytes > 0) {
        ::explicit_bzero(memory, bytes);
    }
}

// Whole pages of its own, because mlock() and MADV_DONTDUMP work on pages and would otherwise
// unlock a neighbour's.
class Secret::Buffer {
public:
    explicit Buffer(std::string_view text) : bytes_{text.size()}
    {
        void* memory =
            ::mmap(nullptr, mapped(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw system_error(errno, "reserving memory for a secret", "");
        }
        memory_ = static_cast<char*>(memory);
        // Both are best effort: RLIMIT_MEMLOCK may be 0, and the buffer is wiped anyway.
        (void)::mlock(memory_, mapped());
        (void)::madvise(memory_, mapped(), MADV_DONTDUMP);
        if (!text.empty()) {
            std::memcpy(memory_, text.data(), text.size());
        }
    }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer()
    {
        wipe(memory_, mapped());
        ::munmap(memory_, mapped());
    }

    [[nodiscard]] std::string_view text() const noexcept { return {memory_, bytes_}; }

private:
    static constexpr std::size_t page_bytes = 4096;
    [[nodiscard]] std::size_t mapped() const noexcept
    {
        return (bytes_ / page_bytes + 1) * page_bytes;
    }

    std::size_t bytes_;
    char* memory_ = nullptr;
};

Secret::Secret(std::string_view text) : buffer_{std::make_shared<const Buffer>(text)} {}

std::string_view Secret::reveal() const noexcept
{
    return buffer_ ? buffer_->text() : std::string_view{};
}

}  // namespace duplid::io
