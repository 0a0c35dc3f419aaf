#include "engine/operation/backup/set_content.hpp"

#include "engine/operation/backup/content_check.hpp"
#include "engine/operation/object/records.hpp"
#include "engine/rdiff/delta.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::uint64_t progress_bytes = std::uint64_t{4} << 20U;
constexpr std::uint64_t progress_files = 64;
constexpr std::size_t sha256_hex_bytes = 64;

}  // namespace

SetContent::SetContent(const BackupRequest& request, const select::Rules& rules, SetOutputs outputs,
                       SignatureStore* old_signatures, std::optional<ResumeFrom> resume,
                       Monitor& monitor, std::stop_token stop)
    : request_{request}, rules_{rules}, out_{std::move(outputs)}, old_signatures_{old_signatures},
      monitor_{monitor}, stop_{std::move(stop)}, walk_{rules,
                                                       select::WalkOptions{request.copy_links},
                                                       request.made, *this},
      signature_{out_.temp_directory}, old_signature_{out_.temp_directory},
      source_{[this](std::size_t bytes) { check_and_count(bytes); }}, resume_{std::move(resume)},
      estimate_{request, known_totals(out_.catalog)}
{
    if (resume_) {
        go_on_from(resume_->point);
    }
    out_.packer.mark_with([this](const auto& last) { return mark_at(last); });
}

void SetContent::pack()
{
    cache::StateRow row;
    auto cursor = old_signatures_ != nullptr
                      ? std::optional<cache::StateCursor>{out_.catalog.scan(first_row_key())}
                      : std::nullopt;
    const auto next_row = [&] { return cursor && cursor->next(row); };
    bool have_row = next_row();
    bool have_entry = next_entry();
    require_split_file(have_entry);
    while (have_row || have_entry) {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
        }
        const int order = !have_entry ? 1 : !have_row ? -1 : entry_.key.compare(row.key);
        before_entry_ = statistics_;
        if (order <= 0) {
            if (order < 0) {
                take_new(nullptr);
            } else {
                take_both(row);
            }
            ++progress_.files_done;
            tell_progress(false);
        } else {
            take_gone(row);
        }
        if (order <= 0) {
            have_entry = next_entry();
        }
        if (order >= 0) {
            have_row = next_row();
        }
    }
    statistics_.raw_delta_bytes += out_.packer.data_bytes();
    statistics_.delta_entries =
        statistics_.new_files + statistics_.changed_files + statistics_.deleted_files;
    tell_progress(true);
}

void SetContent::take_new(const cache::StateRow* replaced)
{
    if (entry_.type == select::Type::regular) {
        store_file(replaced);
    } else {
        store_object();
    }
}

void SetContent::take_both(const cache::StateRow& row)
{
    // Whether a made file is another one than last time shows when it is made.
    if (blocks_before_ > 0 || walk_.is_made()) {
        take_new(&row);
        return;
    }
    switch (compare(entry_, row)) {
    case Difference::none:
        if (fingerprint_differs(entry_, row)) {
            keep(row);
        } else {
            count_source(entry_.stat_bytes);
        }
        return;
    case Difference::look_inside:
        look_inside(row);
        return;
    case Difference::changed:
    case Difference::replaced:
        take_new(&row);
        return;
    }
}

void SetContent::take_gone(const cache::StateRow& row)
{
    if (row.key.empty() || unreadable_.contains(row.key)) {
        return;
    }
    header_ = tar::Header{};
    out_.packer.add(volume::MemberKind::deleted, row.key, header_);
    out_.sigtar.add(volume::MemberKind::deleted, row.key, header_);
    out_.catalog.stage_delete(row.key);
    ++statistics_.deleted_files;
    if (request_.tell_object) {
        request_.tell_object({naming::path_of_key(row.key), ObjectChange::Change::gone,
                              tar_type_of_row(row.type), statistics_.source_file_bytes});
    }
    if (request_.record_changes && tar_type_of_row(row.type) == tar::Type::regular) {
        out_.changes.add(manifest::FileChange::Action::removed, row.key);
    }
    after_packed_ = statistics_;
}

Attributes SetContent::attributes_of_current(int fd)
{
    try {
        return read_attributes(fd, io::printable(entry_.path));
    } catch (const Error& error) {
        warn(error);
        return {};
    }
}

Attributes SetContent::attributes_of_current()
{
    const auto handle = walk_.handle_of_current();
    return handle ? attributes_of_current(handle.get()) : Attributes{};
}

void SetContent::store_object()
{
    tell_change(ObjectChange::Change::stored);
    const auto attributes = attributes_of_current();
    const auto digest = attributes_digest(attributes);
    put_header(entry_, owners_, header_);
    add_volume_records(entry_, attributes, header_);
    out_.packer.add(volume::MemberKind::snapshot, entry_.key, header_);
    header_.extra.clear();
    add_sigtar_records(entry_, digest, header_);
    out_.sigtar.add(volume::MemberKind::snapshot, entry_.key, header_);
    put_row(entry_, digest, row_);
    row_.sig_set = -1;
    row_.sig_offset = 0;
    row_.sig_bytes = 0;
    out_.catalog.stage_put(row_);
    ++statistics_.new_files;
    statistics_.new_file_bytes += entry_.stat_bytes;
    count_source(entry_.stat_bytes);
    after_packed_ = statistics_;
}

void SetContent::check_and_count(std::size_t bytes)
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
    }
    progress_.bytes_done += bytes;
    tell_progress(false);
}

void SetContent::open_source()
{
    source_.open([this] { return walk_.open_current(); }, entry_, io::printable(entry_.path));
    if (walk_.is_made()) {
        entry_.stat_bytes = entry_.size;
    }
}

/// Of what the source has, the archive keeps what it has. A made file would be missing or half in a
/// set that looks whole.
bool SetContent::ends_run(const Error& error) const noexcept
{
    return error.kind() == Error::Kind::cancelled || walk_.is_made();
}

/// What `read` brings; nothing, and a warning, when it fails. What was packed of the file then
/// stays, at the length it has: an entry cannot be taken back once its first chunk has left. It is
/// read again in the next set.
template <class Read>
auto SetContent::until_error(Read read) -> decltype(read())
{
    try {
        return read();
    } catch (const Error& error) {
        if (ends_run(error)) {
            throw;
        }
        warn(unreadable(error, entry_.path));
        return {};
    }
}

void SetContent::store_file(const cache::StateRow* old)
{
    try {
        open_source();
    } catch (const Error& error) {
        if (ends_run(error)) {
            throw;
        }
        if (blocks_before_ > 0) {
            lose_split_file(error.what());
        }
        // The archive keeps what it has of the file.
        warn(unreadable(error, entry_.path));
        return;
    }
    const bool had_file = old != nullptr && tar_type_of_row(old->type) == tar::Type::regular;
    const bool is_delta =
        had_file && old_signatures_ != nullptr && old_signatures_->find(*old, old_signature_);
    require_same_split_file(is_delta);
    tell_change(is_delta ? ObjectChange::Change::differs : ObjectChange::Change::stored);
    const auto attributes = attributes_of_current(source_.fd());
    put_header(entry_, owners_, header_);
    add_volume_records(entry_, attributes, header_);
    sha256_.restart();
    if (is_delta) {
        store_delta();
    } else {
        store_whole();
    }
    const bool stable = source_.is_unchanged();
    if (!stable) {
        warn(Error{Error::Kind::corrupt,
                   fmt::format("{} changed while it was read; {} bytes of it are stored",
                               io::printable(entry_.path), source_.taken_bytes()),
                   io::printable(entry_.path), "the next backup stores it again"}
                 .with_detail("changed_while_read", {{"path", entry_.path}}));
    }
    distrust_young_times(entry_);
    record_file(attributes_digest(attributes), stable);

    count_source(source_.taken_bytes());
    if (is_delta) {
        ++statistics_.changed_files;
        statistics_.changed_file_bytes += entry_.size;
    } else {
        ++statistics_.new_files;
        statistics_.new_file_bytes += entry_.size;
    }
    if (request_.record_changes) {
        out_.changes.add(had_file ? manifest::FileChange::Action::changed
                                  : manifest::FileChange::Action::added,
                         entry_.key);
    }
    blocks_before_ = 0;
    after_packed_ = statistics_;
}

/// The signature's entry and the catalog's row of the file that was just packed.
void SetContent::record_file(const std::string& digest, bool stable)
{
    put_header(entry_, owners_, header_);
    add_sigtar_records(entry_, digest, header_);
    if (!stable && header_.mtime > 0) {
        // Whichever program makes the next set finds the file changed and stores it again.
        --header_.mtime;
        std::erase_if(header_.extra, [](const auto& one) { return one.keyword == record::mtime; });
    }
    header_.extra.push_back({std::string{record::sha256}, packed_sha256_});
    put_row(entry_, digest, row_);
    row_.sig_offset = out_.sigtar.add_signature(entry_.key, header_, signature_);
    row_.sig_set = out_.catalog.run_position();
    row_.sig_bytes = signature_.bytes();
    row_.suspect = !stable;
    out_.catalog.stage_put(row_);
}

/// Its value is computed once everything went through sha256_.
volume::LastRecord SetContent::sha256_record()
{
    return {std::string{record::sha256}, sha256_hex_bytes,
            [this] { return packed_sha256_ = sha256_.hex(); }};
}

void SetContent::store_whole()
{
    const auto block = rdiff::block_bytes(entry_.size, request_.block_bytes_max);
    signature_.clear();
    rdiff::SignatureMaker signature{block, signature_};
    look_at_stored_blocks(signature);
    out_.packer.add_file(
        entry_.key, header_,
        [&](io::ByteSpan into) { return until_error([&] { return source_.read(into); }); },
        [&](io::ByteView data) {
            signature.write(data);
            sha256_.add(data);
        },
        sha256_record(), blocks_before_);
    signature.finish();
}

void SetContent::store_delta()
{
    const rdiff::SignatureTable table{old_signature_, out_.temp_directory};
    const auto block = rdiff::block_bytes(entry_.size, request_.block_bytes_max);
    signature_.clear();
    rdiff::SignatureMaker signature{block, signature_};
    volume::DiffEntry entry{out_.packer, entry_.key, header_, sha256_record(),
                            stored_delta_blocks()};
    delta_ = &entry;
    rdiff::DeltaMaker delta{table, entry};
    const auto next = [this] { return until_error([this] { return source_.next_piece(); }); };
    for (auto data = next(); !data.empty(); data = next()) {
        signature.write(data);
        sha256_.add(data);
        delta.write(data);
    }
    delta.finish();
    entry.finish();
    delta_ = nullptr;
    signature.finish();
}

void SetContent::look_inside(const cache::StateRow& row)
{
    if (entry_.type != select::Type::regular) {
        if (attributes_digest(attributes_of_current()) == row.attributes) {
            keep(row);
        } else {
            store_object();
        }
        return;
    }
    bool is_same = false;
    try {
        open_source();
        is_same =
            old_signatures_->find(row, old_signature_) &&
            has_content_of([this] { return source_.next_piece(); }, entry_.size, old_signature_);
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::cancelled) {
            throw;
        }
        warn(unreadable(error, entry_.path));
        return;
    }
    if (is_same && attributes_digest(attributes_of_current(source_.fd())) == row.attributes) {
        // A restored home or a new disk must not fill a set.
        distrust_young_times(entry_);
        keep(row);
    } else {
        take_new(&row);
    }
}

/// What the archive has of the object is what it is; only its fingerprint may be another.
void SetContent::keep(const cache::StateRow& row)
{
    count_source(entry_.stat_bytes);
    put_refreshed_row(entry_, row, row_);
    out_.catalog.stage_put(row_);
}

void SetContent::on_unreadable(const std::string& path, const Error& error)
{
    const auto& key = unreadable_.add(path, rules_.base());
    if (is_covered(key)) {
        // The kept volumes hold what could be read then, and its errors are counted.
        ++warnings_;
        monitor_.warn(unreadable(error, path));
        return;
    }
    warn(unreadable(error, path));
}

void SetContent::on_vanished(const std::string& path)
{
    monitor_.tell(Skipped{path, Skipped::Why::vanished});
    monitor_.note(fmt::format("{} was gone before it could be read", io::printable(path)));
}

void SetContent::on_socket(const std::string& path)
{
    monitor_.tell(Skipped{path, Skipped::Why::socket});
    monitor_.note(fmt::format("{} is a socket, which cannot be stored", io::printable(path)));
}

void SetContent::on_hidden(const std::string& path)
{
    ++warnings_;
    monitor_.warn(hidden(path));
}

void SetContent::count_source(std::uint64_t bytes) noexcept
{
    ++statistics_.source_files;
    statistics_.source_file_bytes += bytes;
}

void SetContent::tell_change(ObjectChange::Change change) const
{
    if (request_.tell_object) {
        request_.tell_object({naming::path_of_key(entry_.key), change, tar_type_of(entry_.type),
                              statistics_.source_file_bytes + entry_.stat_bytes});
    }
}

void SetContent::warn(const Error& error)
{
    ++warnings_;
    ++statistics_.errors;
    monitor_.warn(error);
}

void SetContent::tell_progress(bool now)
{
    if (now || progress_.bytes_done - bytes_told_ >= progress_bytes ||
        progress_.files_done - files_told_ >= progress_files) {
        bytes_told_ = progress_.bytes_done;
        files_told_ = progress_.files_done;
        expect();
        monitor_.progress(progress_);
    }
}

void SetContent::expect()
{
    const auto totals = estimate_.totals();
    if (!totals) {
        return;
    }
    // A guess that turned out too small is none any more.
    const auto left = [](std::uint64_t total, std::uint64_t passed, std::uint64_t done) {
        return total >= passed + done ? total - passed : 0;
    };
    progress_.is_estimate = true;
    progress_.files_expected = left(totals->files, passed_over_.files, progress_.files_done);
    // Of an increment nobody knows how much of it will have to be read.
    progress_.bytes_expected = old_signatures_ != nullptr
                                   ? 0
                                   : left(totals->bytes, passed_over_.bytes, progress_.bytes_done);
}

}  // namespace duplid::operation
