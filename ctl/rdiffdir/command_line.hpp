// rdiffdir's command line, parsed.
//
// Grammar: Python's getopt, which the reference uses: options come before the command, long ones
// may be abbreviated while that is unique, commands may not. Texts as run with 0.8.22.
#pragma once

#include "ctl/rdiffdir/option_table.hpp"
#include "proto/backup.hpp"
#include "proto/tree_params.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace duplid::rdiffdir {

struct CommandLine {
    CommandId command = CommandId::signature;
    std::string directory;
    std::vector<proto::TreeFile> signatures;   ///< read by delta
    proto::TreeFile file;                      ///< read by patch, written by all others
    std::optional<proto::TreeFile> write_sig;  ///< --write-sig-to
    std::vector<proto::RuleParams> rules;
    bool gzip = false;
    bool null_separator = false;
    std::uint32_t max_blocksize = 2048;
    int verbosity = 3;
    bool version = false;  ///< only the version is wanted: nothing else is set
};

/// What is wrong with it, without "Error: ".
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Reads lists of files that only this process can read. Throws: UsageError; duplicity::Fatal for
/// a list that cannot be opened.
[[nodiscard]] CommandLine parse_command_line(std::span<const std::string> words);

}  // namespace duplid::rdiffdir
