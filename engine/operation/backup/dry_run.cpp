#include "engine/operation/backup/dry_run.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/backup/content_check.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <fmt/format.h>
#include <optional>
#include <utility>

namespace duplid::operation {

DryRun::DryRun(const BackupRequest& request, const select::Rules& rules, cache::Catalog* catalog,
               SignatureStore* old_signatures, const std::string& temp_directory, Monitor& monitor,
               std::stop_token stop)
    : request_{request}, rules_{rules}, catalog_{catalog}, old_signatures_{old_signatures},
      monitor_{monitor}, stop_{std::move(stop)}, walk_{rules,
                                                       select::WalkOptions{request.copy_links},
                                                       request.made, *this},
      signature_{temp_directory}, source_{[this](std::size_t) { check_stop(); }}
{
}

void DryRun::check_stop() const
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the dry run was stopped on request"};
    }
}

void DryRun::compare_all()
{
    cache::StateRow row;
    auto cursor =
        catalog_ != nullptr ? std::optional<cache::StateCursor>{catalog_->scan()} : std::nullopt;
    const auto next_row = [&] { return cursor && cursor->next(row); };
    bool have_row = next_row();
    bool have_entry = walk_.next(entry_);
    while (have_row || have_entry) {
        check_stop();
        const int order = !have_entry ? 1 : !have_row ? -1 : entry_.key.compare(row.key);
        if (order <= 0) {
            compare_object(order == 0 ? &row : nullptr);
            ++progress_.files_done;
            monitor_.progress(progress_);
            have_entry = walk_.next(entry_);
        } else {
            count_gone(row);
        }
        if (order >= 0) {
            have_row = next_row();
        }
    }
    statistics_.delta_entries =
        statistics_.new_files + statistics_.changed_files + statistics_.deleted_files;
}

void DryRun::compare_object(const cache::StateRow* row)
{
    try {
        if (row == nullptr || difference_from(*row) != Difference::none) {
            count_changed(row);
        }
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::cancelled) {
            throw;
        }
        warn(unreadable(error, entry_.path));
        return;
    }
    ++statistics_.source_files;
    statistics_.source_file_bytes += entry_.stat_bytes;
}

Difference DryRun::difference_from(const cache::StateRow& row)
{
    if (walk_.is_made()) {
        return Difference::changed;
    }
    const auto difference = compare(entry_, row);
    if (difference != Difference::look_inside) {
        return difference;
    }
    if (entry_.type != select::Type::regular) {
        const auto handle = walk_.handle_of_current();
        return has_attributes_of(handle ? handle.get() : -1, row) ? Difference::none
                                                                  : Difference::changed;
    }
    source_.open([this] { return walk_.open_current(); }, entry_, io::printable(entry_.path));
    const bool same =
        old_signatures_->find(row, signature_) &&
        has_content_of([this] { return source_.next_piece(); }, entry_.size, signature_) &&
        has_attributes_of(source_.fd(), row);
    return same ? Difference::none : Difference::changed;
}

bool DryRun::has_attributes_of(int fd, const cache::StateRow& row) const
{
    const auto attributes =
        fd >= 0 ? read_attributes(fd, io::printable(entry_.path)) : Attributes{};
    return attributes_digest(attributes) == row.attributes;
}

void DryRun::count_changed(const cache::StateRow* row)
{
    if (entry_.type == select::Type::regular) {
        look_whether_readable();
        const bool is_delta =
            row != nullptr && tar_type_of_row(row->type) == tar::Type::regular && row->sig_set >= 0;
        tell_change(is_delta ? ObjectChange::Change::differs : ObjectChange::Change::stored);
        if (is_delta) {
            ++statistics_.changed_files;
            statistics_.changed_file_bytes += entry_.size;
            return;
        }
    } else {
        tell_change(ObjectChange::Change::stored);
    }
    ++statistics_.new_files;
    statistics_.new_file_bytes += entry_.stat_bytes;
}

/// Throws for what is not.
void DryRun::look_whether_readable()
{
    if (walk_.is_made()) {
        monitor_.note(fmt::format("{} is made for each backup, and not by a dry run",
                                  io::printable(entry_.path)));
        return;
    }
    static_cast<void>(walk_.open_current());
}

void DryRun::count_gone(const cache::StateRow& row)
{
    if (!row.key.empty() && !unreadable_.contains(row.key)) {
        ++statistics_.deleted_files;
        if (request_.tell_object) {
            request_.tell_object({naming::path_of_key(row.key), ObjectChange::Change::gone,
                                  tar_type_of_row(row.type), statistics_.source_file_bytes});
        }
    }
}

void DryRun::tell_change(ObjectChange::Change change) const
{
    if (request_.tell_object) {
        request_.tell_object({naming::path_of_key(entry_.key), change, tar_type_of(entry_.type),
                              statistics_.source_file_bytes + entry_.stat_bytes});
    }
}

void DryRun::on_unreadable(const std::string& path, const Error& error)
{
    unreadable_.add(path, rules_.base());
    warn(unreadable(error, path));
}

void DryRun::on_vanished(const std::string& path)
{
    monitor_.tell(Skipped{path, Skipped::Why::vanished});
    monitor_.note(fmt::format("{} was gone before it could be read", io::printable(path)));
}

void DryRun::on_socket(const std::string& path)
{
    monitor_.tell(Skipped{path, Skipped::Why::socket});
    monitor_.note(fmt::format("{} is a socket, which cannot be stored", io::printable(path)));
}

void DryRun::on_hidden(const std::string& path)
{
    ++warnings_;
    monitor_.warn(hidden(path));
}

void DryRun::warn(const Error& error)
{
    ++warnings_;
    ++statistics_.errors;
    monitor_.warn(error);
}

}  // namespace duplid::operation
