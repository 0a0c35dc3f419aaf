// One object of a backup as questions answer it.
#pragma once

#include "storage/cache/file_row.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::operation {

struct ListedFile {
    std::string path;  ///< raw bytes, relative to the root, which is "."
    char type = 'f';   ///< f d l p c b
    std::uint32_t mode = 0;
    std::uint64_t uid = 0;
    std::uint64_t gid = 0;
    std::int64_t mtime = 0;
    std::optional<std::uint32_t> mtime_ns;
    std::optional<std::uint64_t> bytes;  ///< regular files, when known
    std::string link;                    ///< target of a symlink
    std::string sha256;                  ///< of the content, hex, when known
};

/// The letter of a row's type.
[[nodiscard]] char letter_of_row(const cache::FileRow& row) noexcept;

void put_file(const cache::FileRow& row, ListedFile& file);

}  // namespace duplid::operation
