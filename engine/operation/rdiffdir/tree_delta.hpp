// A directory compared with signatures of what it was: rdiffdir's signature, delta and tar, which
// are one walk with different outputs.
//
// Format facts: archive-format.md 4 and 5; command-line.md 10. Members carry nothing that
// duplicity does not know: what is written is, but for deltas, byte for byte what rdiffdir 0.8.22
// writes.
#pragma once

#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/rdiffdir/member_stream.hpp"
#include "engine/rdiff/signature.hpp"
#include "engine/select/rule.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// What a delta does with an object, and what the letters of rdiffdir's log are.
enum class TreeChange {
    added,    ///< A: stored whole
    changed,  ///< M: stored as a delta
    deleted,  ///< D
};

struct TreeDeltaRequest {
    std::string directory;  ///< as select::normal_source() has it
    std::vector<select::RuleOption> rules;
    select::RuleSettings rule_settings;
    /// What the directory was, oldest first; none: nothing.
    std::vector<std::unique_ptr<MemberStream>> signatures;
    /// Where the delta goes, or null.
    io::Sink* delta = nullptr;
    /// Where the signature of what goes into the delta goes, or null. Without a delta, and with no
    /// `signatures`, that is all of the directory.
    io::Sink* signature = nullptr;
    std::uint32_t block_bytes_max = rdiff::default_block_bytes_max;
    std::string temp_directory;
    /// Hears of each object that goes into the outputs; may be empty.
    std::function<void(const std::string& path, TreeChange change)> tell;
};

struct TreeDeltaReport {
    std::uint64_t added = 0;
    std::uint64_t changed = 0;
    std::uint64_t deleted = 0;
    std::uint64_t source_bytes = 0;  ///< of files that were read
    std::uint64_t warnings = 0;
};

/// What cannot be read is warned of and left as the signatures have it. The outputs are finished
/// as tars, not as sinks. Throws: Error; select::SelectionError.
[[nodiscard]] TreeDeltaReport write_tree_delta(TreeDeltaRequest request, Monitor& monitor,
                                               std::stop_token stop);

}  // namespace duplid::operation
