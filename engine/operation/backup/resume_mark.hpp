// What the journal keeps of the end of a volume, so that a set that was interrupted can be gone on
// with behind it.
#pragma once

#include "engine/operation/backup/backup.hpp"
#include "engine/select/entry.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duplid::operation {

/// A file of which a volume holds the first blocks, and the next volume those that follow.
struct SplitFile {
    std::uint64_t bytes = 0;
    std::int64_t mtime = 0;
    std::uint32_t mtime_ns = 0;
    std::int64_t ctime = 0;
    std::uint32_t ctime_ns = 0;
    std::uint64_t inode = 0;
    std::uint64_t device = 0;
    /// volume::chain_blocks() of a delta; empty when the file is stored whole.
    std::string delta_digest;

    friend bool operator==(const SplitFile&, const SplitFile&) = default;
};

/// What identifies the content of a file as long as nobody sets clocks back.
[[nodiscard]] SplitFile split_file_of(const select::Metadata& file);

/// Whether `file` is still what it was when its first blocks were stored.
[[nodiscard]] bool is_same_file(const SplitFile& stored, const select::Metadata& file);

struct ResumeMark {
    /// Length of the sigtar: it holds all entries that are complete in the volumes so far.
    std::uint64_t sigtar_bytes = 0;
    /// The figures of these entries, and of what was unchanged before them. Times and the bytes on
    /// the target are not among them. Without source files they are of an increment that another
    /// program began, whose volumes do not tell what was unchanged: what the source has up to here
    /// is counted when it is passed over.
    BackupStatistics statistics;
    /// Set: the volume ends inside this file.
    std::optional<SplitFile> split;
};

/// One line of numbers, for the journal.
[[nodiscard]] std::string print(const ResumeMark& mark);
/// Nothing for a text that print() did not make.
[[nodiscard]] std::optional<ResumeMark> parse_resume_mark(std::string_view text);

}  // namespace duplid::operation
