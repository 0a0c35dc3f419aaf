// What came of reading hostile bytes: content, or an Error that says so.
#pragma once

#include "storage/io/error.hpp"
#include "storage/io/source.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace duplid::codec {

/// Gives its bytes in portions, so that their borders fall anywhere.
class PortionedSource final : public io::Source {
public:
    PortionedSource(io::ByteView bytes, std::size_t portion) : left_{bytes}, portion_{portion} {}
    std::size_t read(io::ByteSpan into) override
    {
        const auto bytes = std::min({into.size(), left_.size(), portion_});
        std::copy_n(left_.begin(), bytes, into.begin());
        left_ = left_.subspan(bytes);
        return bytes;
    }

private:
    io::ByteView left_;
    std::size_t portion_;
};

/// The whole content, or nothing when it is long: a few bytes inflate to a thousand times as many.
inline std::optional<io::Bytes> read_whole(io::Source& source)
{
    constexpr std::size_t bytes_max = std::size_t{1} << 20;
    constexpr std::size_t step_bytes = std::size_t{8} << 10;
    io::Bytes all;
    std::size_t got = step_bytes;
    while (got == step_bytes) {
        if (all.size() > bytes_max) {
            return std::nullopt;
        }
        const auto before = all.size();
        all.resize(before + step_bytes);
        got = io::read_full(source, io::ByteSpan{all}.subspan(before));
        all.resize(before + got);
    }
    return all;
}

/// What `action` returns; nothing when it finds the input corrupt. Any other exception is a find.
/// (An engine that works ahead may see damage before the other has come there, so no more than
/// whole content can be compared.)
template <class Action>
std::optional<io::Bytes> outcome_of(Action action)
{
    try {
        return action();
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
        return std::nullopt;
    }
}

}  // namespace duplid::codec
