#include "engine/operation/set_content.hpp"

#include "engine/naming/index.hpp"
#include "engine/rdiff/delta.hpp"
#include "engine/rdiff/signature.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t read_bytes = std::size_t{256} << 10U;
constexpr std::uint64_t progress_bytes = std::uint64_t{4} << 20U;
constexpr std::uint64_t progress_files = 64;
/// magic, block length, length of a strong sum (archive-format.md 5.2)
constexpr std::size_t signature_head_bytes = 12;

/// Room for signatures that is kept from file to file: that of 700 MB.
constexpr std::size_t signature_kept_bytes = std::size_t{4} << 20U;

/// The block length that a signature says it has; 0 when it is too short to say.
std::uint32_t block_bytes_of(io::ByteView signature)
{
    if (signature.size() < signature_head_bytes) {
        return 0;
    }
    std::uint32_t bytes = 0;
    for (std::size_t i = 4; i < 8; ++i) {
        bytes = bytes << 8U | std::to_integer<std::uint32_t>(signature[i]);
    }
    return bytes;
}

}  // namespace

SetContent::SetContent(const BackupRequest& request, const select::Rules& rules, SetOutputs outputs,
                       SignatureStore* old_signatures, Monitor& monitor, std::stop_token stop)
    : request_{request}, rules_{rules}, out_{outputs}, old_signatures_{old_signatures},
      monitor_{monitor}, stop_{std::move(stop)}, walker_{rules,
                                                         select::WalkOptions{request.copy_links},
                                                         *this},
      buffer_(read_bytes)
{
}

void SetContent::pack()
{
    cache::StateRow row;
    auto cursor = old_signatures_ != nullptr
                      ? std::optional<cache::StateCursor>{out_.catalog.scan()}
                      : std::nullopt;
    const auto next_row = [&] { return cursor && cursor->next(row); };
    bool have_row = next_row();
    bool have_entry = walker_.next(entry_);
    while (have_row || have_entry) {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
        }
        const int order = !have_entry ? 1 : !have_row ? -1 : entry_.key.compare(row.key);
        if (order <= 0) {
            ++statistics_.source_files;
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
            have_entry = walker_.next(entry_);
        }
        if (order >= 0) {
            have_row = next_row();
        }
    }
    statistics_.raw_delta_bytes = out_.packer.data_bytes();
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
    switch (compare(entry_, row)) {
    case Difference::none:
        statistics_.source_file_bytes += entry_.size;
        if (fingerprint_differs(entry_, row)) {
            refresh(row);
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
    const bool unknown = std::any_of(unreadable_.begin(), unreadable_.end(), [&](const auto& key) {
        return naming::is_at_or_below(row.key, key);
    });
    if (unknown || row.key.empty()) {
        return;
    }
    header_ = tar::Header{};
    out_.packer.add(volume::MemberKind::deleted, row.key, header_);
    out_.sigtar.add(volume::MemberKind::deleted, row.key, header_);
    out_.catalog.stage_delete(row.key);
    ++statistics_.deleted_files;
    if (tar_type_of_row(row.type) == tar::Type::regular) {
        out_.changes.add(manifest::FileChange::Action::removed, row.key);
    }
}

void SetContent::store_object()
{
    put_header(entry_, owners_, header_);
    out_.packer.add(volume::MemberKind::snapshot, entry_.key, header_);
    header_.extra.assign(1, stat_record(entry_));
    out_.sigtar.add(volume::MemberKind::snapshot, entry_.key, header_);
    put_row(entry_, row_);
    row_.sig_set = -1;
    row_.sig_offset = 0;
    row_.sig_bytes = 0;
    out_.catalog.stage_put(row_);
    ++statistics_.new_files;
    statistics_.new_file_bytes += entry_.size;
    statistics_.source_file_bytes += entry_.size;
}

io::Fd SetContent::open_file()
{
    auto fd = walker_.open_current();
    struct stat now {};
    if (::fstat(fd.get(), &now) != 0) {
        throw system_error(errno, "looking at", io::printable(entry_.path));
    }
    // The walk may have been a while ago, or another file may stand here by now.
    entry_.mode = static_cast<std::uint16_t>(now.st_mode & 07777U);
    entry_.uid = now.st_uid;
    entry_.gid = now.st_gid;
    entry_.size = static_cast<std::uint64_t>(now.st_size);
    entry_.mtime = now.st_mtim.tv_sec;
    entry_.mtime_ns = static_cast<std::uint32_t>(now.st_mtim.tv_nsec);
    entry_.ctime = now.st_ctim.tv_sec;
    entry_.ctime_ns = static_cast<std::uint32_t>(now.st_ctim.tv_nsec);
    entry_.inode = now.st_ino;
    entry_.device = now.st_dev;
    return fd;
}

bool SetContent::is_stable(int fd, std::uint64_t bytes_read) const
{
    struct stat now {};
    return ::fstat(fd, &now) == 0 && bytes_read == entry_.size &&
           static_cast<std::uint64_t>(now.st_size) == entry_.size &&
           now.st_mtim.tv_sec == entry_.mtime &&
           static_cast<std::uint32_t>(now.st_mtim.tv_nsec) == entry_.mtime_ns;
}

std::size_t SetContent::read_some(int fd, io::ByteSpan into)
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
    }
    for (;;) {
        const auto got = ::read(fd, into.data(), into.size());
        if (got >= 0) {
            progress_.bytes_done += static_cast<std::uint64_t>(got);
            tell_progress(false);
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            // What was packed of the file stays, at the length it has: an entry cannot be taken
            // back once its first chunk has left. It is read again in the next set.
            warn(system_error(errno, "reading", io::printable(entry_.path)));
            return 0;
        }
    }
}

void SetContent::store_file(const cache::StateRow* old)
{
    io::Fd fd;
    try {
        fd = open_file();
    } catch (const Error& error) {
        // The archive keeps what it has of the file.
        warn(error);
        return;
    }
    const bool had_file = old != nullptr && tar_type_of_row(old->type) == tar::Type::regular;
    const auto old_signature =
        had_file && old_signatures_ != nullptr ? old_signatures_->find(*old) : std::nullopt;
    put_header(entry_, owners_, header_);
    const auto bytes_before = progress_.bytes_done;
    if (old_signature) {
        store_delta(fd.get(), *old_signature);
    } else {
        store_whole(fd.get());
    }
    const auto bytes_read = progress_.bytes_done - bytes_before;
    const bool stable = is_stable(fd.get(), bytes_read);
    if (!stable) {
        warn(Error{Error::Kind::corrupt,
                   fmt::format("{} changed while it was read; {} bytes of it are stored",
                               io::printable(entry_.path), bytes_read),
                   io::printable(entry_.path), "the next backup stores it again"});
    }

    put_header(entry_, owners_, header_);
    if (!stable && header_.mtime > 0) {
        // Whichever program makes the next set finds the file changed and stores it again.
        --header_.mtime;
    }
    header_.extra.assign(1, stat_record(entry_));
    put_row(entry_, row_);
    row_.sig_offset = out_.sigtar.add_signature(entry_.key, header_, signature_);
    row_.sig_set = out_.catalog.run_position();
    row_.sig_bytes = signature_.size();
    row_.suspect = !stable;
    out_.catalog.stage_put(row_);

    statistics_.source_file_bytes += bytes_read;
    if (old_signature) {
        ++statistics_.changed_files;
        statistics_.changed_file_bytes += entry_.size;
    } else {
        ++statistics_.new_files;
        statistics_.new_file_bytes += entry_.size;
    }
    out_.changes.add(had_file ? manifest::FileChange::Action::changed
                              : manifest::FileChange::Action::added,
                     entry_.key);
}

void SetContent::clear_signature(std::uint32_t block_bytes)
{
    const auto expected =
        static_cast<std::size_t>(rdiff::signature_bytes(entry_.size, block_bytes));
    if (signature_.capacity() > signature_kept_bytes && expected < signature_kept_bytes) {
        signature_ = {};  // the last file was a giant; its room is not needed any more
    }
    signature_.clear();
    signature_.reserve(expected);
}

void SetContent::store_whole(int fd)
{
    const auto block = rdiff::block_bytes(entry_.size, request_.block_bytes_max);
    clear_signature(block);
    rdiff::SignatureMaker signature{block, signature_};
    out_.packer.add_file(
        entry_.key, header_, [&](io::ByteSpan into) { return read_some(fd, into); },
        [&](io::ByteView data) { signature.write(data); });
    signature.finish();
}

void SetContent::store_delta(int fd, io::ByteView old_signature)
{
    const rdiff::SignatureTable table{old_signature};
    const auto block = rdiff::block_bytes(entry_.size, request_.block_bytes_max);
    clear_signature(block);
    rdiff::SignatureMaker signature{block, signature_};
    volume::DiffEntry entry{out_.packer, entry_.key, header_};
    rdiff::DeltaMaker delta{table, entry};
    for (auto left = entry_.size; left > 0;) {
        const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()));
        const auto got = read_some(fd, io::ByteSpan{buffer_}.first(want));
        if (got == 0) {
            break;
        }
        const auto data = io::ByteView{buffer_}.first(got);
        signature.write(data);
        delta.write(data);
        left -= got;
    }
    delta.finish();
    entry.finish();
    signature.finish();
}

void SetContent::look_inside(const cache::StateRow& row)
{
    const auto old_signature = old_signatures_->find(row);
    const auto block = old_signature ? block_bytes_of(*old_signature) : 0;
    if (block == 0) {
        take_new(&row);
        return;
    }
    try {
        const auto fd = open_file();
        clear_signature(block);
        rdiff::SignatureMaker signature{block, signature_};
        for (std::uint64_t left = entry_.size; left > 0;) {
            const auto want =
                static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()));
            const auto got = io::read_full(fd.get(), io::ByteSpan{buffer_}.first(want),
                                           io::printable(entry_.path));
            if (got == 0) {
                break;
            }
            signature.write(io::ByteView{buffer_}.first(got));
            left -= got;
        }
        signature.finish();
    } catch (const Error& error) {
        warn(error);
        return;
    }
    if (rdiff::same_content(*old_signature, signature_)) {
        // A restored home or a new disk must not fill a set.
        statistics_.source_file_bytes += entry_.size;
        refresh(row);
    } else {
        take_new(&row);
    }
}

void SetContent::refresh(const cache::StateRow& row)
{
    put_row(entry_, row_);
    row_.sig_set = row.sig_set;
    row_.sig_offset = row.sig_offset;
    row_.sig_bytes = row.sig_bytes;
    out_.catalog.stage_put(row_);
}

void SetContent::on_unreadable(const std::string& path, const Error& error)
{
    auto below = std::string_view{path};
    below.remove_prefix(std::min(rules_.base().size(), below.size()));
    unreadable_.push_back(naming::key_of_path(below, Error::Kind::internal));
    warn(error);
}

void SetContent::on_vanished(const std::string& path)
{
    monitor_.note(fmt::format("{} was gone before it could be read", io::printable(path)));
}

void SetContent::on_socket(const std::string& path)
{
    monitor_.note(fmt::format("{} is a socket, which cannot be stored", io::printable(path)));
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
        monitor_.progress(progress_);
    }
}

}  // namespace duplid::operation
