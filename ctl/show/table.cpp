#include "ctl/show/table.hpp"

#include <algorithm>

namespace duplid::show {

namespace {

constexpr std::size_t gap = 2;

std::vector<std::size_t> widths_of(std::span<const TableRow> rows)
{
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], columns_of(row[i].text));
        }
    }
    return widths;
}

}  // namespace

std::vector<std::string> table(std::span<const TableRow> rows, const Style& style)
{
    const auto widths = widths_of(rows);
    std::vector<std::string> lines;
    for (const auto& row : rows) {
        std::string line;
        // Blanks are written when something follows them.
        std::size_t blanks = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const auto& cell = row[i];
            const auto room = widths[i] - columns_of(cell.text);
            if (!cell.text.empty()) {
                line.append(blanks + (cell.to_the_right ? room : 0), ' ');
                line += style.paint(cell.paint, cell.text);
                blanks = gap + (cell.to_the_right ? 0 : room);
            } else {
                blanks += widths[i] + gap;
            }
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace duplid::show
