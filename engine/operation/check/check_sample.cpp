#include "engine/operation/check/check_sample.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <string_view>

namespace duplid::operation {

namespace {

[[noreturn]] void refuse(const std::string& text)
{
    throw Error{Error::Kind::invalid, "this is no sample", text,
                "for example: none, all, 5%, 2/7, 500M, 30min"};
}

/// A whole number at the front of `text`, which is shortened by it.
std::uint64_t take_number(std::string_view& text, const std::string& all)
{
    std::uint64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    if (result.ec != std::errc{}) {
        refuse(all);
    }
    text.remove_prefix(static_cast<std::size_t>(result.ptr - text.data()));
    return number;
}

Sample share(std::string_view text, const std::string& all)
{
    text.remove_suffix(1);
    double percent = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), percent);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size() ||
        !(percent > 0 && percent <= 100)) {
        refuse(all);
    }
    Sample sample;
    sample.kind = Sample::Kind::share;
    sample.percent = percent;
    return sample;
}

Sample slice(std::string_view text, const std::string& all)
{
    constexpr std::uint64_t slices_max = 1'000'000;
    const auto number = take_number(text, all);
    text.remove_prefix(1);
    const auto of = take_number(text, all);
    if (!text.empty() || number < 1 || number > of || of > slices_max) {
        refuse(all);
    }
    Sample sample;
    sample.kind = Sample::Kind::slice;
    sample.slice = static_cast<std::uint32_t>(number);
    sample.slices = static_cast<std::uint32_t>(of);
    return sample;
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array sizes{Unit{"K", 1ULL << 10U}, Unit{"M", 1ULL << 20U}, Unit{"G", 1ULL << 30U},
                           Unit{"T", 1ULL << 40U}};
constexpr std::array times{Unit{"s", 1}, Unit{"min", 60}, Unit{"h", 3600}};

std::optional<std::uint64_t> scaled(std::uint64_t number, std::string_view unit,
                                    std::span<const Unit> units)
{
    for (const auto& one : units) {
        const auto max = std::numeric_limits<std::int64_t>::max() / one.factor;
        if (one.name == unit && number >= 1 && number <= max) {
            return number * one.factor;
        }
    }
    return std::nullopt;
}

}  // namespace

Sample parse_sample(const std::string& text)
{
    Sample sample;
    if (text == "none") {
        return sample;
    }
    if (text == "all") {
        sample.kind = Sample::Kind::all;
        return sample;
    }
    std::string_view rest = text;
    if (rest.ends_with('%')) {
        return share(rest, text);
    }
    const auto number = take_number(rest, text);
    if (rest.starts_with('/')) {
        return slice(text, text);
    }
    if (const auto bytes = scaled(number, rest, sizes)) {
        sample.kind = Sample::Kind::size;
        sample.bytes = *bytes;
        return sample;
    }
    if (const auto seconds = scaled(number, rest, times)) {
        sample.kind = Sample::Kind::time;
        sample.time = std::chrono::seconds{static_cast<std::int64_t>(*seconds)};
        return sample;
    }
    refuse(text);
}

std::vector<std::size_t> choose_files(const Sample& sample, std::span<const Readable> files)
{
    std::vector<std::size_t> chosen(files.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    if (sample.kind == Sample::Kind::none) {
        return {};
    }
    if (sample.kind == Sample::Kind::slice) {
        std::erase_if(chosen, [&](std::size_t i) { return i % sample.slices != sample.slice - 1; });
    }
    std::stable_sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
        return files[a].last_read < files[b].last_read;  // nothing is less than any time
    });
    if (sample.kind != Sample::Kind::share && sample.kind != Sample::Kind::size) {
        return chosen;
    }
    const auto total = std::accumulate(files.begin(), files.end(), std::uint64_t{0},
                                       [](auto sum, const auto& file) { return sum + file.bytes; });
    const auto wanted = sample.kind == Sample::Kind::size
                            ? static_cast<double>(sample.bytes)
                            : static_cast<double>(total) * sample.percent / 100;
    double sum = 0;
    const auto end = std::find_if(chosen.begin(), chosen.end(), [&](std::size_t i) {
        const bool is_enough = sum >= wanted;
        sum += static_cast<double>(files[i].bytes);
        return is_enough;
    });
    chosen.erase(end, chosen.end());
    return chosen;
}

}  // namespace duplid::operation
