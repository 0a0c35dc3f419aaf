// Scan, compare, pack: what of the source goes into a set, and how.
//
// Rules: archive-format.md 4.6 (what is stored for each kind of object), 4.7 (order), 5.5, 7.
#pragma once

#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/backup/resume.hpp"
#include "engine/operation/backup/source_estimate.hpp"
#include "engine/operation/backup/unknown_paths.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/object/source_reader.hpp"
#include "engine/operation/object/source_walk.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/rdiff/signature.hpp"
#include "engine/select/rule.hpp"
#include "engine/volume/packer.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace duplid::operation {

/// Where the parts of a set go. All outlive the SetContent.
struct SetOutputs {
    volume::Packer& packer;
    SigtarWriter& sigtar;
    ChangeList& changes;
    cache::Catalog& catalog;  ///< with an open run
    std::string temp_directory;
};

/// Where a set that was interrupted goes on.
struct ResumeFrom {
    ResumePoint point;
    std::optional<std::string> closed;  ///< what stage_kept() returned
};

/// The file inside of which a set was to go on is not the file whose beginning is stored. Nothing
/// has been packed.
class SplitFileLost final : public Error {
public:
    using Error::Error;
};

/// Goes through the source once, made files included, beside the catalog's rows in the same order,
/// and packs what differs. One thread, the run's own.
class SetContent final : public SourceListener {
public:
    /// `old_signatures` is null for a full set, whose catalog rows are not looked at. Chunks get
    /// ResumeMarks; with `resume`, what it covers is passed over.
    SetContent(const BackupRequest& request, const select::Rules& rules, SetOutputs outputs,
               SignatureStore* old_signatures, std::optional<ResumeFrom> resume, Monitor& monitor,
               std::stop_token stop);

    /// Goes through everything. Throws: Error; SplitFileLost.
    void pack();

    [[nodiscard]] const BackupStatistics& statistics() const noexcept { return statistics_; }
    [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }
    /// Of the whole source, what an interrupted run stored of it included.
    [[nodiscard]] const SourceTotals& seen() const noexcept { return seen_; }

    void on_unreadable(const std::string& path, const Error& error) override;
    void on_vanished(const std::string& path) override;
    void on_socket(const std::string& path) override;
    void on_hidden(const std::string& path) override;

private:
    // set_content_resume.cpp
    void go_on_from(const ResumePoint& point);
    [[nodiscard]] std::string mark_at(const volume::Position& last) const;
    [[nodiscard]] bool next_entry();
    [[nodiscard]] bool is_covered(const std::string& key) const;
    [[nodiscard]] std::string first_row_key() const;
    void require_split_file(bool have_entry) const;
    void require_same_split_file(bool has_old_signature) const;
    void look_at_stored_blocks(rdiff::SignatureMaker& signature);
    [[nodiscard]] volume::BlocksBefore stored_delta_blocks() const;
    [[noreturn]] void lose_split_file(const std::string& why) const;

    void take_new(const cache::StateRow* replaced);
    void take_both(const cache::StateRow& row);
    void take_gone(const cache::StateRow& row);

    void store_object();
    void store_file(const cache::StateRow* old);
    void record_file(const std::string& digest, bool stable);
    void store_whole();
    void store_delta();
    void look_inside(const cache::StateRow& row);
    void keep(const cache::StateRow& row);

    void open_source();
    /// Whether what was thrown over the current entry costs more than that entry.
    [[nodiscard]] bool ends_run(const Error& error) const noexcept;
    template <class Read>
    auto until_error(Read read) -> decltype(read());
    void check_and_count(std::size_t bytes);
    /// Of everything but what could not be read (command-line.md 5.1).
    void count_source(std::uint64_t bytes) noexcept;
    [[nodiscard]] volume::LastRecord sha256_record();
    /// What cannot be read is warned of and taken for none.
    [[nodiscard]] Attributes attributes_of_current(int fd);
    [[nodiscard]] Attributes attributes_of_current();
    void warn(const Error& error);
    /// What becomes of the current entry.
    void tell_change(ObjectChange::Change change) const;
    void tell_progress(bool now);
    void expect();

    const BackupRequest& request_;
    const select::Rules& rules_;
    SetOutputs out_;
    SignatureStore* old_signatures_;
    Monitor& monitor_;
    std::stop_token stop_;

    select::Entry entry_;
    SourceWalk walk_;
    Owners owners_;
    // Used again for each entry, so that the common case allocates nothing.
    tar::Header header_;
    cache::StateRow row_;
    io::SpillBuffer signature_;      ///< of the current file
    io::SpillBuffer old_signature_;  ///< of what the archive has in its place
    SourceReader source_;            ///< of the file that is being packed
    io::Digest sha256_{io::Digest::Algorithm::sha256};
    std::string packed_sha256_;

    std::optional<ResumeFrom> resume_;
    /// Blocks that the kept volumes have of the file that comes next; 0 for all others.
    std::uint64_t blocks_before_ = 0;
    const volume::DiffEntry* delta_ = nullptr;  ///< the one that is being packed
    BackupStatistics before_entry_;             ///< without the current entry
    BackupStatistics after_packed_;             ///< when the last object was packed

    UnknownPaths unreadable_;
    BackupStatistics statistics_;
    std::uint64_t warnings_ = 0;
    Progress progress_;
    SourceEstimate estimate_;
    SourceTotals seen_;
    SourceTotals passed_over_;  ///< of these, what needs no work in this run
    std::uint64_t bytes_told_ = 0;
    std::uint64_t files_told_ = 0;
};

}  // namespace duplid::operation
