// A tree as of some time, object by object, merged from the sets of a chain.
//
// Rules: archive-format.md 10.4 (which sets), 10.6 (patching). What restore and verify share.
#pragma once

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/state/set_stream.hpp"
#include "storage/io/error.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

struct TreeRequest {
    /// Path inside the archive, relative to its root; empty: everything.
    std::string path;
    /// State as of this time in epoch seconds; not set: the newest.
    std::optional<std::int64_t> time;
    /// Pass over a full set whose manifest is damaged, as if it were not there.
    bool ignore_errors = false;
    /// Told of each volume that nothing more is wanted of (VolumeStep read). May wait.
    std::function<void(const VolumeStep&)> tell_volume{};
};

/// Objects come once each, in index order. Damage costs the objects that need what is damaged, and
/// no others: they come as damaged ones, never as an older state of themselves. One thread.
class TreeStream {
public:
    /// Chooses the sets and reads their manifests. Warns of sets that would belong to the state and
    /// cannot be used. All but `request` outlive this object.
    /// Throws: Error; not_found when there is no backup, wrong_secret.
    TreeStream(Archive& archive, const TreeRequest& request, Monitor& monitor,
               std::stop_token stop);
    TreeStream(const TreeStream&) = delete;
    TreeStream& operator=(const TreeStream&) = delete;
    ~TreeStream();

    /// The set whose state this is, and all it is made of.
    [[nodiscard]] const naming::SetId& set() const { return sets_.back().id; }
    [[nodiscard]] std::span<const chain::BackupSet> sets() const noexcept { return sets_; }
    [[nodiscard]] const Listing& listing() const noexcept { return listing_; }
    /// The key of the path asked for.
    [[nodiscard]] const std::string& wanted() const noexcept { return wanted_; }

    /// Tells `take` of each volume that next() is going to read, oldest set first.
    void tell_needed_volumes(const std::function<void(const VolumeStep&)>& take) const;

    /// Goes to the next object. False at the end.
    /// Throws: Error; wrong_secret from the first call at the latest, before any object came.
    [[nodiscard]] bool next();

    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    /// Metadata of the newest entry; its `size` says nothing of the file's. Not of damaged objects.
    [[nodiscard]] const tar::Header& header() const;
    /// Why the object cannot be had; null if all is well so far.
    [[nodiscard]] const Error* damage() const noexcept { return damage_ ? &*damage_ : nullptr; }

    /// Whether a volume was lost of which nobody can tell what it held: then more may be damaged
    /// than came as damaged objects. Final at the end.
    [[nodiscard]] bool has_unknown_losses() const noexcept;

    /// Writes the content of a regular file to `sink`, which is not finished. Once for an object.
    /// Throws: Error corrupt when the archive does not hold it whole.
    void read_content(io::Sink& sink);
    /// Whether the archive may state the SHA-256 of the content; worth asking before reading.
    [[nodiscard]] bool may_state_sha256() const;
    /// Whether read_content() gives what the archive was given, for sure: it comes from one set,
    /// all of whose volumes are proven by their hashes. What is patched together is as good as the
    /// patches are, and pieces of a volume have only a CRC each: that is worth check_content().
    [[nodiscard]] bool is_proven() const;
    /// Compares the SHA-256 (hex) of what was read with what the archive states. False when it
    /// states nothing. Throws: Error corrupt when it states another.
    bool check_content(const std::string& sha256);

    [[nodiscard]] std::uint64_t fetched_bytes() const noexcept;
    /// Bytes of the volumes that are needed and, of those, done with; 0 where sizes are not known
    /// or volumes are not read whole.
    [[nodiscard]] std::uint64_t volume_bytes() const noexcept { return volume_bytes_; }
    [[nodiscard]] std::uint64_t volume_bytes_done() const noexcept { return volume_bytes_done_; }
    /// Bytes that a new tree will take at least, if the archive tells.
    [[nodiscard]] std::optional<std::uint64_t> least_bytes() const noexcept { return least_bytes_; }

private:
    void choose_sets(const TreeRequest& request);
    /// Goes on without a set of which nothing can be had. Throws: `why` when no other is left.
    void choose_without(const chain::BackupSet& set, const TreeRequest& request, const Error& why);
    void warn_of_unusable_sets(const TreeRequest& request) const;
    void open_streams();
    void weigh(const chain::BackupSet& set, const manifest::Manifest& manifest);
    [[nodiscard]] std::uint64_t stored_bytes(const chain::BackupSet& set,
                                             std::uint32_t volume) const;
    void check_stop() const;
    void advance(std::size_t stream);
    [[nodiscard]] VolumeStep step_of(VolumeStep::Step step, std::size_t stream,
                                     std::uint32_t volume, std::uint32_t count) const;
    [[nodiscard]] std::uint32_t volumes_needed() const noexcept;
    /// Finds what the object in `same_` is made of; false when it does not exist.
    [[nodiscard]] bool resolve();
    [[nodiscard]] bool is_uncertain() const;
    /// Takes the object as damaged; true, because it does exist.
    bool damaged(const Error& why);
    void copy(SetStream& from, io::Sink& to);
    void patch(const io::TempFile& basis, std::size_t set, io::Sink& out);

    Archive& archive_;
    Monitor& monitor_;
    std::stop_token stop_;
    std::string wanted_;
    Listing listing_;
    std::vector<chain::BackupSet> sets_;
    std::vector<manifest::Manifest> manifests_;
    std::vector<std::unique_ptr<SetStream>> streams_;
    std::vector<std::size_t> queue_;  ///< a heap of streams that are at an entry
    bool started_ = false;
    std::vector<std::size_t> same_;  ///< sets that have the object, oldest first
    std::size_t base_ = 0;           ///< in `same_`: the entry that stands for itself
    std::string key_;
    std::optional<Error> damage_;
    std::function<void(const VolumeStep&)> tell_volume_;
    std::vector<std::size_t> volumes_counted_;  ///< of each stream, in volume_bytes_done_
    std::uint32_t volumes_done_ = 0;            ///< of all streams
    std::uint64_t volume_bytes_ = 0;
    std::uint64_t volume_bytes_done_ = 0;
    std::optional<std::uint64_t> least_bytes_;
};

}  // namespace duplid::operation
