// A passphrase or password: locked in memory, never printed, wiped when it goes.
#pragma once

#include <memory>
#include <string_view>

namespace duplid::io {

/// Shares one locked buffer among its copies; the last one wipes it. Deliberately without a
/// stream operator, a comparison or a conversion to std::string.
class Secret {
public:
    Secret() = default;
    /// Copies `text` into a buffer that is kept out of swap and core dumps where the kernel
    /// allows. The caller wipes its own copy (wipe()).
    explicit Secret(std::string_view text);

    /// Whether there is one at all; an empty passphrase counts as set.
    [[nodiscard]] bool is_set() const noexcept { return buffer_ != nullptr; }
    /// Valid as long as a copy lives. Empty when not set.
    [[nodiscard]] std::string_view reveal() const noexcept;

private:
    class Buffer;
    std::shared_ptr<const Buffer> buffer_;
};

/// Overwrites memory in a way the compiler may not leave out.
void wipe(void* memory, std::size_t bytes) noexcept;

}  // namespace duplid::io
