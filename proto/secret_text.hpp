// Text that is wiped when it goes, and the allocator that does it for whole buffers.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace duplid::proto {

/// Overwrites memory in a way the compiler may not leave out.
void wipe_memory(void* memory, std::size_t bytes) noexcept;

/// Wipes each block it gives back, so that a container that grows leaves nothing behind.
template <class T>
struct WipingAllocator {
    using value_type = T;

    WipingAllocator() = default;
    template <class U>
    explicit WipingAllocator(const WipingAllocator<U>&) noexcept
    {
    }

    [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>{}.allocate(count); }
    void deallocate(T* block, std::size_t count) noexcept
    {
        wipe_memory(block, count * sizeof(T));
        std::allocator<T>{}.deallocate(block, count);
    }
    friend bool operator==(WipingAllocator, WipingAllocator) noexcept { return true; }
};

/// A vector and not a string: a short string would live inside its object, where no allocator
/// sees it go.
using WipedBuffer = std::vector<char, WipingAllocator<char>>;

[[nodiscard]] inline std::string_view text_of(const WipedBuffer& buffer) noexcept
{
    return {buffer.data(), buffer.size()};
}

/// A passphrase on its way between a command line and a request, or a request and the daemon.
/// Deliberately without a stream operator or a conversion to std::string.
class SecretText {
public:
    SecretText() = default;
    /// Copies; the caller wipes its own copy.
    explicit SecretText(std::string_view text) : buffer_{text.begin(), text.end()}, set_{true} {}
    explicit SecretText(WipedBuffer buffer) noexcept : buffer_{std::move(buffer)}, set_{true} {}

    /// Whether there is one at all; an empty passphrase counts as set.
    [[nodiscard]] bool is_set() const noexcept { return set_; }
    [[nodiscard]] std::string_view reveal() const noexcept { return text_of(buffer_); }

private:
    WipedBuffer buffer_;
    bool set_ = false;
};

}  // namespace duplid::proto
