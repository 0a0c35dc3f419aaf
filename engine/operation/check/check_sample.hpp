// How much of an archive a check reads back, and which files.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace duplid::operation {

/// Said as "none", "all", a share ("5%"), a slice ("2/7": the second of seven), a size ("500M",
/// with K, M, G or T of 1024) or a time ("30min", with s, min or h).
struct Sample {
    enum class Kind { none, all, share, slice, size, time };

    Kind kind = Kind::none;
    double percent = 0;
    std::uint32_t slice = 1;  ///< from 1
    std::uint32_t slices = 1;
    std::uint64_t bytes = 0;
    std::chrono::seconds time{0};

    [[nodiscard]] bool operator==(const Sample&) const = default;
};

/// Throws: Error invalid.
[[nodiscard]] Sample parse_sample(const std::string& text);

/// A file that could be read back.
struct Readable {
    std::string name;
    std::uint64_t bytes = 0;
    std::optional<std::int64_t> last_read{};  ///< when it was last found whole
};

/// The indexes of those to read, in the order of reading: what was never read comes first, then
/// what was read longest ago, so that samples rotate through the archive. Slices are fixed: file
/// number i, from 0, belongs to slice i mod `slices`; all together they are everything. A share or
/// a size is reached or passed by the last file. With a time all files come, and whoever reads
/// stops when it is over.
[[nodiscard]] std::vector<std::size_t> choose_files(const Sample& sample,
                                                    std::span<const Readable> files);

}  // namespace duplid::operation
