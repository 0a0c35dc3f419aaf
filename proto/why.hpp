// why: which selection rule decides about a path. No archive is concerned.
#pragma once

#include "proto/backup.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::proto {

struct WhyParams {
    std::string working_directory;  ///< absolute; what relative paths start from
    std::string source;             ///< as the user typed it, see BackupParams
    std::string path;               ///< below it, or relative to it
    std::vector<RuleParams> rules;
    bool null_separator = false;

    void describe(Fields& fields);
};

enum class Fate { stored, left_out, scanned, other };
[[nodiscard]] std::span<const Choice> choices_of(Fate) noexcept;

struct WhyReply {
    Fate fate = Fate::other;
    std::string path;        ///< as rules see it
    bool exists = false;     ///< on the disk
    std::string decided_at;  ///< this path, or a directory above it that is left out
    /// Which of the request's rules decided, from 1, and the line of the list that it names; not
    /// set: none of them did.
    std::optional<std::uint64_t> number;
    std::optional<std::uint64_t> line;
    std::optional<RuleParams> option;  ///< that rule
    std::string rule;                  ///< in words, as duplicity's log has it

    void describe(Fields& fields);
};

}  // namespace duplid::proto
