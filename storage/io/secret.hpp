// A passphrase or password: locked in memory, never printed, wiped when it goes.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

namespace duplid::io {

/// Its bytes are in one place, which copies share: pages of their own that are locked in memory,
/// left out of core dumps and of forks where the kernel allows, and wiped with the last copy.
/// Deliberately without a stream operator, an operator== or a conversion to std::string.
class Secret {
public:
    Secret() = default;
    /// Copies `text`; the caller wipes its own copy (wipe()).
    explicit Secret(std::string_view text);
    /// Shares what somebody else keeps in such pages, a zero byte behind it (proto::SecretText).
    /// Null: not set.
    Secret(std::shared_ptr<const char> bytes, std::size_t size) noexcept
        : bytes_{std::move(bytes)}, size_{size}
    {
    }

    /// Whether there is one at all; an empty passphrase counts as set.
    [[nodiscard]] bool is_set() const noexcept { return bytes_ != nullptr; }
    /// Valid as long as a copy lives. Empty when not set.
    [[nodiscard]] std::string_view reveal() const noexcept
    {
        return bytes_ ? std::string_view{bytes_.get(), size_} : std::string_view{};
    }
    /// The same for C: with a zero byte at its end, so that nobody copies it to add one.
    [[nodiscard]] const char* c_str() const noexcept { return bytes_ ? bytes_.get() : ""; }
    /// Whether both are set to the same bytes, or none is. Takes as long whichever bytes differ.
    [[nodiscard]] bool equals(const Secret& other) const noexcept;

private:
    std::shared_ptr<const char> bytes_;
    std::size_t size_ = 0;
};

/// Overwrites memory in a way the compiler may not leave out.
void wipe(void* memory, std::size_t bytes) noexcept;

}  // namespace duplid::io
