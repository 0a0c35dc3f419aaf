// Small charts of text: a column for each of a row of amounts.
#pragma once

#include "ctl/show/style.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace duplid::show {

struct ChartLook {
    std::string title;
    /// What an amount is called beside the axis: "1.43 MB".
    std::function<std::string(double)> in_words;
    std::size_t columns = 80;  ///< all of it; of more amounts than fit the last ones are drawn
    std::size_t rows = 4;
    Style style{};
};

/// Amounts from left to right, the axis from 0 to the largest; one that is not there is a cross.
/// In eighths of a row where the terminal has such characters, in thirds of ASCII else. Empty when
/// no amount is there.
[[nodiscard]] std::string chart(std::span<const std::optional<double>> amounts,
                                const ChartLook& look);

}  // namespace duplid::show
