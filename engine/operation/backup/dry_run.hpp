// What a backup would store: the comparison of source and archive, and no more.
#pragma once

#include "engine/operation/archive/monitor.hpp"
#include "engine/operation/backup/backup.hpp"
#include "engine/operation/backup/unknown_paths.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/object/source_reader.hpp"
#include "engine/operation/object/source_walk.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/select/rule.hpp"
#include "storage/cache/catalog.hpp"

#include <stop_token>
#include <string>

namespace duplid::operation {

/// Decides as SetContent does, of each object by itself, and writes nothing anywhere. New and
/// changed files are opened, to find those that cannot be, but read only where a backup would have
/// to look inside to decide. Made files are not made: each counts as changed, with no bytes. One
/// thread, the run's own.
class DryRun final : public SourceListener {
public:
    /// `catalog` and `old_signatures` are null for a full set. All outlive this object.
    DryRun(const BackupRequest& request, const select::Rules& rules, cache::Catalog* catalog,
           SignatureStore* old_signatures, const std::string& temp_directory, Monitor& monitor,
           std::stop_token stop);

    /// Goes through everything. Throws: Error.
    void compare_all();

    /// Bytes put into the set and on the target are 0, as in duplicity's (command-line.md 5.1).
    [[nodiscard]] const BackupStatistics& statistics() const noexcept { return statistics_; }
    [[nodiscard]] std::uint64_t warnings() const noexcept { return warnings_; }

    void on_unreadable(const std::string& path, const Error& error) override;
    void on_vanished(const std::string& path) override;
    void on_socket(const std::string& path) override;
    void on_hidden(const std::string& path) override;

private:
    void check_stop() const;
    void compare_object(const cache::StateRow* row);
    [[nodiscard]] Difference difference_from(const cache::StateRow& row);
    [[nodiscard]] bool has_attributes_of(int fd, const cache::StateRow& row) const;
    void count_changed(const cache::StateRow* row);
    void look_whether_readable();
    void count_gone(const cache::StateRow& row);
    void warn(const Error& error);
    void tell_change(ObjectChange::Change change) const;

    const BackupRequest& request_;
    const select::Rules& rules_;
    cache::Catalog* catalog_;
    SignatureStore* old_signatures_;
    Monitor& monitor_;
    std::stop_token stop_;

    select::Entry entry_;
    SourceWalk walk_;
    io::SpillBuffer signature_;
    SourceReader source_;
    UnknownPaths unreadable_;
    BackupStatistics statistics_;
    std::uint64_t warnings_ = 0;
    Progress progress_;
};

}  // namespace duplid::operation
