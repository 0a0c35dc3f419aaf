// Scan, compare, pack: what of the source goes into a set, and how.
//
// Rules: archive-format.md 4.6 (what is stored for each kind of object), 4.7 (order), 5.5, 7.
#pragma once

#include "engine/operation/backup.hpp"
#include "engine/operation/chain_state.hpp"
#include "engine/operation/manifest_part.hpp"
#include "engine/operation/metadata.hpp"
#include "engine/operation/monitor.hpp"
#include "engine/operation/sigtar_writer.hpp"
#include "engine/select/rule.hpp"
#include "engine/select/walker.hpp"
#include "engine/volume/packer.hpp"
#include "storage/cache/catalog.hpp"

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace duplid::operation {

/// Where the parts of a set go. All outlive the SetContent.
struct SetOutputs {
    volume::Packer& packer;
    SigtarWriter& sigtar;
    ChangeList& changes;
    cache::Catalog& catalog;  ///< with an open run
};

/// Walks the source once, beside the catalog's rows in the same order, and packs what differs.
/// One thread, the run's own.
class SetContent final : public select::WalkListener {
public:
    /// `old_signatures` is null for a full set, whose catalog rows are not looked at.
    SetContent(const BackupRequest& request, const select::Rules& rules, SetOutputs outputs,
               SignatureStore* old_signatures, Monitor& monitor, std::stop_token stop);

    /// Goes through everything. Throws: Error.
    void pack();

    [[nodiscard]] const BackupStatistics& statistics() const noexcept { return statistics_; }
    [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }

    void on_unreadable(const std::string& path, const Error& error) override;
    void on_vanished(const std::string& path) override;
    void on_socket(const std::string& path) override;

private:
    void take_new(const cache::StateRow* replaced);
    void take_both(const cache::StateRow& row);
    void take_gone(const cache::StateRow& row);

    void store_object();
    void store_file(const cache::StateRow* old);
    /// Makes `signature_` ready for that of the current file.
    void clear_signature(std::uint32_t block_bytes);
    void store_whole(int fd);
    void store_delta(int fd, io::ByteView old_signature);
    void look_inside(const cache::StateRow& row);
    void refresh(const cache::StateRow& row);

    /// Opens the current file and makes its metadata that of the open descriptor.
    [[nodiscard]] io::Fd open_file();
    /// Compares the file with what it was when opened; false if it changed under our hands.
    [[nodiscard]] bool is_stable(int fd, std::uint64_t bytes_read) const;
    std::size_t read_some(int fd, io::ByteSpan into);
    void warn(const Error& error);
    void tell_progress(bool now);

    const BackupRequest& request_;
    const select::Rules& rules_;
    SetOutputs out_;
    SignatureStore* old_signatures_;
    Monitor& monitor_;
    std::stop_token stop_;

    select::Entry entry_;
    select::Walker walker_;
    Owners owners_;
    // Used again for each entry, so that the common case allocates nothing.
    tar::Header header_;
    cache::StateRow row_;
    io::Bytes signature_;
    io::Bytes buffer_;

    std::vector<std::string> unreadable_;  ///< keys; what is below is not known to be gone
    BackupStatistics statistics_;
    std::uint64_t warnings_ = 0;
    Progress progress_;
    std::uint64_t bytes_told_ = 0;
    std::uint64_t files_told_ = 0;
};

}  // namespace duplid::operation
