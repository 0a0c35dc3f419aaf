// Colours, and characters beyond ASCII, where whoever reads can take them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace duplid::show {

/// What a piece of text means; how that looks is decided in one place.
enum class Paint {
    plain,
    strong,   ///< a heading, a name
    faint,    ///< beside the point
    good,     ///< all is well
    busy,     ///< at work
    warning,  ///< somebody should look
    bad,      ///< something is broken
};

struct Style {
    bool color = false;
    bool utf8 = false;

    /// `text` in the colours of `paint`; empty text stays empty.
    [[nodiscard]] std::string paint(Paint paint, std::string_view text) const;
    /// A dot that its colour gives a meaning; without colours another letter for each.
    [[nodiscard]] std::string mark(Paint paint) const;
    [[nodiscard]] std::string_view arrow() const noexcept;
};

/// How many columns `text` takes: its code points. Escape sequences must not be in it.
[[nodiscard]] std::size_t columns_of(std::string_view text) noexcept;

/// The beginning of `text`, as far as it fits into so many columns, its last one a sign that
/// something is missing.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns, const Style& style);

}  // namespace duplid::show
