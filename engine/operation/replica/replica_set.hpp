// Copies one set: volumes in order, signatures, manifest last.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/replica/replica_match.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/cache/journal.hpp"

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

/// What a run has done so far, over all sets.
struct CopyTotals {
    std::uint32_t volumes = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t warnings = 0;
    Progress progress;
};

/// Everything that is there for every set. The referents outlive the copying.
struct CopyContext {
    Archive& source;
    Archive& destination;
    const Listing& from;
    const Listing& to;  ///< the destination before this run
    cache::Journal& journal;
    Monitor& monitor;
    std::stop_token stop;
    CopyTotals& totals;
    /// Throws unless the destination can still take this set; asked right before its manifest.
    std::function<void(const naming::SetId&)> check_destination;
};

/// One set on its way. What can be copied byte for byte is: where names, wrapping and keys are the
/// same. Everything else is decrypted, inflated, and wrapped as the destination's settings say, one
/// volume for one volume; the ranges in the manifest stay what they were.
class SetCopy {
public:
    /// `signatures` is the name of the set's signatures at the source, if they are there; `begun`
    /// are the files that the destination has of this set without its manifest.
    SetCopy(CopyContext& context, const chain::BackupSet& set,
            std::optional<std::string> signatures, const std::vector<std::string>& begun);
    SetCopy(const SetCopy&) = delete;
    SetCopy& operator=(const SetCopy&) = delete;
    ~SetCopy();

    /// Throws: Error; corrupt when the source is damaged, invalid when the destination has files
    /// that do not belong to this copy.
    void run();

private:
    void read_source_manifest();
    void check_begun() const;
    void prepare_signatures();
    void take_up_earlier_attempt();
    void copy_volumes();
    void put_signatures();
    void put_manifest();

    [[nodiscard]] const std::string& source_name(const manifest::Volume& volume) const;
    [[nodiscard]] bool goes_as_it_is(const std::string& from, const std::string& to) const;
    [[nodiscard]] volume::StoredFile copy_file(const std::string& from, const std::string& to);
    [[nodiscard]] volume::StoredFile wrap_volume(const manifest::Volume& volume,
                                                 const std::string& from, const std::string& to);
    [[nodiscard]] std::optional<manifest::Volume>
    kept(const manifest::Volume& volume, const std::string& from, const std::string& to);
    [[nodiscard]] bool is_there(const std::string& name, std::uint64_t bytes,
                                const std::string& sha1);
    void start_shipping(std::uint32_t number, const std::string& name, volume::StoredFile file);
    void wait_for_shipping();
    void check_stop() const;

    CopyContext& context_;
    Archive& source_;
    Archive& destination_;
    const chain::BackupSet& set_;
    std::optional<std::string> signatures_;
    const std::vector<std::string>& begun_;

    ChangeList changes_;
    manifest::Manifest manifest_;
    bool same_keys_ = false;
    bool manifest_as_it_is_ = false;
    std::optional<volume::StoredFile> signatures_file_;
    std::optional<ManifestPart> part_;
    std::string part_path_;
    std::map<std::uint32_t, manifest::Volume> earlier_records_;
    std::map<std::uint32_t, cache::JournalVolume> earlier_puts_;
    std::future<std::uint64_t> shipping_;
    std::uint32_t shipping_number_ = 0;
};

}  // namespace duplid::operation
