// What the terminal that is written to can do, as far as anybody can know.
#pragma once

#include <cstddef>
#include <optional>

namespace duplid::ctl {

struct TerminalSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

/// Of the terminal behind `descriptor`; nothing when it is none. One that does not know its size
/// has the usual one.
[[nodiscard]] std::optional<TerminalSize> size_of_terminal(int descriptor) noexcept;

/// Whether colours make sense there: a terminal, not a dumb one, and NO_COLOR is not set
/// (https://no-color.org: to anything but an empty value).
[[nodiscard]] bool takes_color(int descriptor) noexcept;

/// Whether the user's locale writes UTF-8 (LC_ALL, LC_CTYPE, LANG). The process's own locale is
/// left as it is.
[[nodiscard]] bool is_utf8_locale() noexcept;

}  // namespace duplid::ctl
