// The sheet of paper that a backup is worth nothing without: how to restore it on a bare machine,
// by the distribution's duplicity, without anything of ours.
#pragma once

#include "proto/archive_params.hpp"
#include "proto/jobs.hpp"
#include "proto/targets.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::setup {

struct SheetFacts {
    proto::JobShowReply job;  ///< with its request
    std::string host;
    std::int64_t now = 0;
    /// Where the archive is, at least one place; a job that has one target has no name for it. With
    /// secrets, if these are to be written down; else only with options.
    std::vector<proto::TargetArchive> places;
    bool with_secret = false;
};

/// Plain text of at most some hundred columns. Commands are indented by four blanks, each is one
/// line, and they can be typed, or fed to bash, in their order.
[[nodiscard]] std::string recovery_sheet(const SheetFacts& facts);

/// Options of stock duplicity 0.8.22 that it needs to find and open an archive: " --no-encryption".
[[nodiscard]] std::string duplicity_options(const proto::ArchiveParams& archive);

/// As bash takes it for one word.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace duplid::setup
