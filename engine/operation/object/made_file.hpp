// Files of a set that the source does not have: the output of a program, say.
#pragma once

#include "storage/io/fd.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace duplid::operation {

/// Its content is made when its turn has come, in the order of all paths.
struct MadeFile {
    std::string path;  ///< relative to the source
    /// Makes it anew and hands it out, open for reading: its metadata are the file's.
    /// Throws: Error; then the set that was to hold it is not completed.
    std::function<io::Fd()> make;
};

/// Where made files are, and the folders that lead to them.
class MadePlaces {
public:
    /// By key. A file is the number of its path; a folder that leads to one is none.
    using Map = std::map<std::string, std::optional<std::size_t>, std::less<>>;

    MadePlaces() = default;
    /// Throws: Error invalid, its object the path, for one that leads nowhere or out of the
    /// source, and for two that cannot both be there.
    explicit MadePlaces(std::span<const std::string> paths);

    [[nodiscard]] const Map& map() const noexcept { return places_; }
    [[nodiscard]] bool contains(std::string_view key) const { return places_.contains(key); }

private:
    Map places_;
};

}  // namespace duplid::operation
