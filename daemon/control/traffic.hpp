// What all connections together hold of lines on their way, so that a thousand of them cost no more
// memory than a few.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace duplid::daemon {

/// Loop thread. Outlives the connections that share it.
class Traffic {
public:
    /// Of each direction. Beyond this, a connection may hold `tight_bytes_max`.
    static constexpr std::size_t bytes_max = std::size_t{32} << 20U;
    static constexpr std::size_t tight_bytes_max = std::size_t{64} << 10U;

    class Amount {
    public:
        void change(std::size_t before, std::size_t after) noexcept { bytes_ += after - before; }
        [[nodiscard]] bool is_tight() const noexcept { return bytes_ >= bytes_max; }

    private:
        std::size_t bytes_ = 0;
    };
    Amount unsent;      ///< said, and not taken by the kernel, because somebody does not read
    Amount unfinished;  ///< of requests, whose end has not come

    /// Where bytes are read to before anything else happens to them: libuv asks for the place right
    /// before it reads, and brings the bytes right after. They are gone with the next reading.
    [[nodiscard]] std::span<char> place_to_read() noexcept { return read_; }

private:
    std::vector<char> read_ = std::vector<char>(tight_bytes_max);
};

}  // namespace duplid::daemon
