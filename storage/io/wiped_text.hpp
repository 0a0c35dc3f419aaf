// Texts that hold a secret for a while: what they grow out of is wiped, and so is what they leave.
#pragma once

#include "storage/io/secret.hpp"
#include "storage/io/sink.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::io {

/// Wipes each block it gives back.
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
        wipe(block, count * sizeof(T));
        std::allocator<T>{}.deallocate(block, count);
    }
    friend bool operator==(WipingAllocator, WipingAllocator) noexcept { return true; }
};

/// A vector and not a string: a short string would live inside its object, where no allocator
/// sees it go.
using WipedText = std::vector<char, WipingAllocator<char>>;

[[nodiscard]] inline std::string_view text_of(const WipedText& text) noexcept
{
    return {text.data(), text.size()};
}

inline void append(WipedText& to, std::string_view text)
{
    to.insert(to.end(), text.begin(), text.end());
}

/// Collects what comes, up to so many bytes: more is Error invalid.
class WipedSink final : public Sink {
public:
    explicit WipedSink(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {}
    void write(ByteView bytes) override;
    [[nodiscard]] std::string_view text() const noexcept { return text_of(text_); }

private:
    std::size_t bytes_max_;
    WipedText text_;
};

/// The content of a small file with secrets in it. Throws: as read_file().
[[nodiscard]] WipedText read_file_wiped(const std::string& path, std::size_t bytes_max);

/// For strings that others want to be strings: all that the string's own memory ever held is wiped,
/// and it is empty. What it grew out of was given back as it was; append_wiped() grows otherwise.
void wipe_text(std::string& text) noexcept;
void append_wiped(std::string& to, std::string_view text);

}  // namespace duplid::io
