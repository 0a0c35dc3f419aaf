#include "engine/tar/pax.hpp"

#include "engine/tar/number.hpp"

#include <algorithm>
#include <charconv>

namespace duplid::tar {

namespace {

std::size_t decimal_digits(std::size_t value) noexcept
{
    std::size_t digits = 1;
    for (; value >= 10; value /= 10) {
        ++digits;
    }
    return digits;
}

}  // namespace

std::optional<PaxRecordView> take_record(std::string_view& records) noexcept
{
    const auto blank = records.find(' ');
    if (blank == std::string_view::npos) {
        return std::nullopt;
    }
    const auto bytes = decimal_in(records.substr(0, blank));
    // The shortest record behind its blank is `k=` and the newline.
    if (!bytes || *bytes > records.size() || *bytes < blank + 4) {
        return std::nullopt;
    }
    auto text = records.substr(blank + 1, *bytes - (blank + 1));
    if (text.back() != '\n') {
        return std::nullopt;
    }
    text.remove_suffix(1);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return std::nullopt;
    }
    records.remove_prefix(*bytes);
    return PaxRecordView{text.substr(0, equals), text.substr(equals + 1)};
}

std::size_t record_bytes(PaxRecordView record) noexcept
{
    const auto without_length = record.keyword.size() + record.value.size() + 3;
    // The length's own digits may be what makes it one digit longer: 98 + 2 is 100, so 101.
    const auto bytes = without_length + decimal_digits(without_length);
    return without_length + decimal_digits(bytes);
}

char* put_record(PaxRecordView record, char* out) noexcept
{
    const auto bytes = record_bytes(record);
    out = std::to_chars(out, out + decimal_digits(bytes), bytes).ptr;
    *out++ = ' ';
    out = std::copy(record.keyword.begin(), record.keyword.end(), out);
    *out++ = '=';
    out = std::copy(record.value.begin(), record.value.end(), out);
    *out++ = '\n';
    return out;
}

}  // namespace duplid::tar
