// Proves that a backup can be restored, and compares it with the files it was made of.
//
// What is proven of every object: the hashes of the volumes it comes from, decryption, inflation,
// the tar, its deltas; its content by its SHA-256 where that was recorded, else by its signature;
// its metadata by those in the signatures. Nothing is written.
#pragma once

#include "engine/naming/name.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/select/rule.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::operation {

/// One way in which an object of a directory is not as the archive has it (command-line.md 5.4).
struct LocalDifference {
    enum class Aspect { is_new, missing, type, permissions, mtime, size, data, link, device };

    std::string path;  ///< relative to what is compared; the root is "."
    Aspect aspect = Aspect::data;
    std::string found{};     ///< words; of mtime and size a number
    std::string expected{};  ///< the archive's
};

/// "new", "missing", "type", ...
[[nodiscard]] std::string_view name_of(LocalDifference::Aspect aspect) noexcept;

struct VerifyRequest {
    /// Path inside the archive, relative to its root; empty: everything.
    std::string path;
    /// State as of this time in epoch seconds; not set: the newest.
    std::optional<std::int64_t> time;
    /// What to compare with; empty: nothing. Corresponds to `path`.
    std::string directory{};
    /// Pass over a full set whose manifest is damaged, as if it were not there.
    bool ignore_errors = false;
    /// Compare content, not only metadata.
    bool compare_data = false;
    /// What of `directory` counts.
    std::vector<select::RuleOption> rules{};
    select::RuleSettings rule_settings{};
    /// Paths of files that were made for the backup (object/made_file.hpp): no difference when
    /// `directory` lacks them, or a folder that leads to one.
    std::vector<std::string> made{};
    std::function<void(const LocalDifference&)> tell{};
    /// Told of volumes that were read. May wait.
    std::function<void(const VolumeStep&)> tell_volume{};
};

struct VerifyReport {
    naming::SetId set;
    std::uint64_t files = 0;  ///< objects of the archive
    std::uint64_t bytes = 0;  ///< of their content
    /// Regular files by what proves their content.
    std::uint64_t by_sha256 = 0;
    std::uint64_t by_signature = 0;
    std::uint64_t by_volume = 0;  ///< neither was at hand; the volume's hash is right
    std::uint64_t compared = 0;   ///< objects of the archive, the directory or both
    std::uint64_t differences = 0;
    std::uint64_t damaged = 0;
    bool has_unknown_losses = false;
    std::uint64_t fetched_bytes = 0;
};

/// Damage is told by Monitor::warn(), an object at a time.
/// Throws: Error; not_found when `path` (or any backup at all) or `directory` is not there.
[[nodiscard]] VerifyReport verify(Archive& archive, const VerifyRequest& request, Monitor& monitor,
                                  std::stop_token stop);

}  // namespace duplid::operation
