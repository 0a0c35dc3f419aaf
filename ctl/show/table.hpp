// Tables as wide as their words.
#pragma once

#include "ctl/show/style.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace duplid::show {

struct Cell {
    std::string text;
    Paint paint = Paint::plain;
    bool to_the_right = false;  ///< numbers
};

using TableRow = std::vector<Cell>;

/// A line for each row, without blanks at its end. Rows may be shorter than others.
[[nodiscard]] std::vector<std::string> table(std::span<const TableRow> rows, const Style& style);

}  // namespace duplid::show
