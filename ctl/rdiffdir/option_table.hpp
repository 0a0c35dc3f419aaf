// The one table of rdiffdir's options and commands: the parser and the manual page are made of it.
//
// Source: command-line.md 10; rdiffdir(1) and the program of 0.8.22.
#pragma once

#include <span>
#include <string_view>

namespace duplid::rdiffdir {

enum class OptionId {
    exclude,
    exclude_device_files,
    exclude_filelist,
    exclude_filelist_stdin,
    exclude_globbing_filelist,
    exclude_other_filesystems,
    exclude_regexp,
    gzip_compress,
    ignore_errors,
    include,
    include_filelist,
    include_filelist_stdin,
    include_globbing_filelist,
    include_regexp,
    max_blocksize,
    null_separator,
    verbosity,
    version,
    write_sig_to,
};

struct Option {
    OptionId id;
    std::string_view short_name;  ///< with its dash; may be empty
    std::string_view long_name;   ///< with its dashes; may be empty
    std::string_view metavar;     ///< empty: takes no value
    std::string_view about;
};

[[nodiscard]] std::span<const Option> options() noexcept;

enum class CommandId { signature, delta, patch, tar };

struct Command {
    CommandId id;
    std::string_view name;
    std::string_view usage;  ///< its positionals
    std::string_view about;
};

[[nodiscard]] std::span<const Command> commands() noexcept;

}  // namespace duplid::rdiffdir
