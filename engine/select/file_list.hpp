// The lines of --include-filelist and --exclude-filelist.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::select {

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
