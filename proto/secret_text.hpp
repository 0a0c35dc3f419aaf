// Secrets on their way between a command line and a request, or a request and the daemon; and
// buffers that are wiped when they go, for what secrets arrive in.
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

/// A passphrase or password. Its bytes are in one place, which copies share: pages of their own
/// that are locked in memory, left out of core dumps and of forks, and wiped with the last copy.
/// Deliberately without a stream operator or a conversion to std::string.
class SecretText {
public:
    SecretText() = default;
    /// Copies; the caller wipes its own copy.
    explicit SecretText(std::string_view text);
    /// Copies, and wipes `buffer` at once.
    explicit SecretText(WipedBuffer&& buffer);

    /// Whether there is one at all; an empty passphrase counts as set.
    [[nodiscard]] bool is_set() const noexcept { return bytes_ != nullptr; }
    /// Valid as long as a copy lives. Empty when not set.
    [[nodiscard]] std::string_view reveal() const noexcept
    {
        return bytes_ ? std::string_view{bytes_.get(), size_} : std::string_view{};
    }
    /// What reveal() looks at, for a type elsewhere that is to share it (storage/io/secret.hpp)
    /// and not to copy it. A zero byte follows the text. Null when not set.
    [[nodiscard]] const std::shared_ptr<const char>& buffer() const noexcept { return bytes_; }

private:
    std::shared_ptr<const char> bytes_;
    std::size_t size_ = 0;
};

}  // namespace duplid::proto
