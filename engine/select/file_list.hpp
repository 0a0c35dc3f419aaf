// The lines of --include-filelist and --exclude-filelist.
#pragma once

#include "storage/io/bytes.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::select {

/// No list file may be larger.
inline constexpr std::size_t list_bytes_max = std::size_t{64} * 1024 * 1024;

/// The content of a list. It must be a regular file: nobody may be at the other end of a fifo, and
/// a terminal is somebody else's. Throws: Error, naming `path`.
[[nodiscard]] io::Bytes read_file_list(const std::string& path);

struct ListedGlob {
    bool include;
    std::string pattern;
    std::size_t line = 0;  ///< where it stands in the list, from 1
};

/// What a list says, in its order (command-line.md 6.5). `includes` is what lines without a sign
/// mean. Any text is a list: whether the patterns are good is found out later.
[[nodiscard]] std::vector<ListedGlob> parse_file_list(std::string_view content, bool null_separator,
                                                      bool includes);

}  // namespace duplid::select
