// The names in a directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace duplid::select {

/// Sorted by bytes; "." and ".." left out. Holds little more than the bytes of the names.
class NameList {
public:
    NameList() = default;

    /// Lists an open directory from its current position. Throws: Error, naming `path`.
    NameList(int directory, const std::string& path);

    [[nodiscard]] std::size_t size() const noexcept { return starts_.size(); }
    /// Ends in NUL, valid as long as the list.
    [[nodiscard]] const char* operator[](std::size_t i) const noexcept
    {
        return &names_[starts_[i]];
    }

private:
    std::string names_;  // each followed by NUL
    std::vector<std::size_t> starts_;
};

}  // namespace duplid::select
