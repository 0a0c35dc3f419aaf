#include "engine/operation/backup/volume_survey.hpp"

#include "engine/manifest/writer.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/backup/set_record.hpp"
#include "engine/operation/object/extended_attributes.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/object/source_reader.hpp"
#include "engine/select/rule.hpp"
#include "engine/volume/member.hpp"
#include "engine/volume/opened_file.hpp"
#include "engine/volume/packer.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t read_bytes = std::size_t{256} << 10U;
constexpr mode_t permission_bits = 07777;

Error unusable(const std::string& why)
{
    return Error{Error::Kind::corrupt, why};
}

/// What says that this volume cannot be used, and nothing worse.
bool is_about_volume(const Error& error)
{
    switch (error.kind()) {
    case Error::Kind::corrupt:
    case Error::Kind::not_found:
    case Error::Kind::wrong_secret:
    case Error::Kind::denied:
        return true;
    default:
        return false;
    }
}

std::uint64_t bytes_of(const io::Fd& file, const std::string& name)
{
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) {
        throw system_error(errno, "looking at", name);
    }
    return static_cast<std::uint64_t>(facts.st_size);
}

bool has_no_attributes(int fd, const std::string& path)
{
    try {
        return read_attributes(fd, path).empty();
    } catch (const Error&) {
        return false;
    }
}

/// Whether the entry that duplicity made of the file would be the same today, as far as tar tells.
/// Other names and attributes are not in its entries, but would count as stored from then on.
bool is_as_stored(const struct stat& facts, const tar::Header& header, int fd,
                  const std::string& path)
{
    return facts.st_nlink == 1 && (facts.st_mode & permission_bits) == header.mode &&
           facts.st_uid == header.uid && facts.st_gid == header.gid &&
           facts.st_mtim.tv_sec == header.mtime && has_no_attributes(fd, path);
}

}  // namespace

VolumeSurvey::VolumeSurvey(Archive& archive, const BackupRequest& request, const naming::SetId& set,
                           const OldState* before, SigtarWriter& sigtar, std::stop_token stop)
    : archive_{archive}, request_{request}, set_{set}, before_{before}, sigtar_{sigtar},
      stop_{std::move(stop)}, signature_{archive.settings.temp_directory},
      old_signature_{archive.settings.temp_directory}, buffer_(read_bytes)
{
}

bool VolumeSurvey::read(const manifest::Volume& record)
{
    const auto name = target_volume_name(archive_.settings, set_, record.number);
    try {
        auto file = fetch(archive_, name);
        const auto bytes = bytes_of(file, name);
        if (volume::sha1_of(file.get(), name) != record.sha1) {
            throw unusable("its hash is not the manifest's");
        }
        check_readers(file, bytes, name);
        const auto content = open_fetched(archive_, std::move(file), name);
        read_entries(record, *content);
        keep(record, name, bytes);
        return true;
    } catch (const Error& error) {
        if (!is_about_volume(error)) {
            throw;
        }
        why_ = fmt::format("volume {}: {}", record.number, error.what());
        return false;
    }
}

/// The rest of the set is going to be for this run's readers.
void VolumeSurvey::check_readers(const io::Fd& file, std::uint64_t bytes, const std::string& name)
{
    const auto* encryptor = encryptor_of(archive_);
    if (encryptor == nullptr) {
        return;
    }
    const auto& settings = *archive_.settings.encryption;
    io::RangeSource message{file.get(), 0, bytes, name};
    const auto readers = codec::recipients_of(message);
    const bool is_same =
        readers &&
        (settings.is_symmetric()
             ? readers->keys.empty() && readers->has_passphrase
             : !readers->has_passphrase &&
                   codec::difference_of(encryptor->recipients(), *readers, settings).empty());
    if (!is_same) {
        throw unusable("it is encrypted for others");
    }
}

void VolumeSurvey::read_entries(const manifest::Volume& record, io::Source& content)
{
    tar::Reader reader{content};
    tar::Header header;
    bool any = false;
    while (reader.next(header)) {
        take_entry(header, reader);
        any = true;
    }
    // What follows the tar is read to its end: only there a gzip member's CRC can be compared.
    while (content.read(buffer_) > 0) {
    }
    const auto block = file_ ? std::optional{file_->block} : std::nullopt;
    if (!any || record.last != manifest::Bound{*last_key_, block}) {
        throw unusable("it does not end where the manifest says");
    }
}

void VolumeSurvey::check_stop() const
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
    }
}

void VolumeSurvey::take_entry(tar::Header& header, tar::Reader& reader)
{
    check_stop();
    const auto member = volume::member_of(header);
    require_order(member);
    last_key_ = member.key;
    if (before_ != nullptr && member.kind == volume::MemberKind::deleted) {
        take_gone(member.key);
        return;
    }
    const bool is_delta = before_ != nullptr && member.kind == volume::MemberKind::diff &&
                          header.type == tar::Type::regular;
    if ((!is_delta && member.kind != volume::MemberKind::snapshot) ||
        header.type == tar::Type::hard_link) {
        throw unusable("it holds an entry that no such set has");
    }
    if (header.type != tar::Type::regular) {
        if (file_) {
            throw unusable("a file in it goes on as something else");
        }
        header.extra.clear();
        sigtar_.add(volume::MemberKind::snapshot, member.key, header);
        count(member.kind, 0);
        return;
    }
    if (member.block && header.size > volume::block_bytes) {
        throw unusable("a block in it is longer than any is");
    }
    const bool is_last = !member.block || header.size < volume::block_bytes;
    if (!file_) {
        begin_file(member, header);
    } else if (is_delta != file_->proof.has_value()) {
        throw unusable("a file in it goes on as something else");
    }
    file_->block = member.block.value_or(1);
    take_data(reader, is_last);
    if (is_last) {
        end_file();
    }
}

/// Every key once, ascending, and the blocks of a file one after the other (archive-format.md 4.7).
void VolumeSurvey::require_order(const volume::Member& member) const
{
    const bool follows =
        file_ ? member.key == file_->key && member.block == file_->block + 1
              : member.block.value_or(1) == 1 && (!last_key_ || member.key > *last_key_);
    if (!follows) {
        throw unusable("its entries do not follow each other");
    }
}

void VolumeSurvey::take_gone(const std::string& key)
{
    tar::Header header;
    sigtar_.add(volume::MemberKind::deleted, key, header);
    ++statistics_.deleted_files;
}

void VolumeSurvey::begin_file(const volume::Member& member, const tar::Header& header)
{
    file_.emplace();
    file_->key = member.key;
    file_->header = header;
    file_->header.extra.clear();
    signature_.clear();
    const bool is_delta = member.kind == volume::MemberKind::diff;
    if (is_delta || member.block) {
        open_source_file();
    }
    if (is_delta) {
        begin_delta();
    }
}

void VolumeSurvey::begin_delta()
{
    const auto row = before_->catalog.find(file_->key);
    if (!row || tar_type_of_row(row->type) != tar::Type::regular ||
        !before_->signatures.find(*row, old_signature_)) {
        throw unusable("it holds a delta of a file that has no old signature");
    }
    file_->proof.emplace(
        old_signature_.view(),
        [this](std::uint64_t offset, io::ByteSpan into) { return read_source(offset, into); },
        [this](io::ByteView content) { take_content(content); });
}

void VolumeSurvey::take_data(tar::Reader& reader, bool is_last)
{
    delta_block_.clear();
    while (const auto got = reader.read(buffer_)) {
        const auto data = io::ByteView{buffer_}.first(got);
        data_bytes_ += got;
        if (!file_->proof) {
            compare_with_source(data);
            take_content(data);
            continue;
        }
        take_delta(data);
        if (!is_last) {
            io::append(delta_block_, data);
        }
    }
    if (file_->proof && !is_last) {
        file_->delta_digest = volume::chain_blocks(file_->delta_digest, delta_block_);
    }
}

void VolumeSurvey::take_delta(io::ByteView data)
{
    try {
        file_->proof->write(data);
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
        throw error.with_context(io::printable(naming::path_of_key(file_->key)));
    }
}

void VolumeSurvey::take_content(io::ByteView content)
{
    file_->bytes += content.size();
    if (file_->maker) {
        file_->maker->write(content);
        return;
    }
    io::append(file_->held, content);
    if (rdiff::block_bytes(file_->bytes) == rdiff::default_block_bytes_max) {
        make_signature_from(file_->bytes);
    }
}

/// From here on the length of blocks stays what it is for a file of so many bytes.
void VolumeSurvey::make_signature_from(std::uint64_t file_bytes)
{
    const auto bytes_max = std::min(request_.block_bytes_max, rdiff::default_block_bytes_max);
    file_->maker.emplace(rdiff::block_bytes(file_bytes, bytes_max), signature_);
    file_->maker->write(file_->held);
    file_->held = {};
}

void VolumeSurvey::end_file()
{
    const bool is_delta = file_->proof.has_value();
    if (is_delta) {
        file_->proof->finish();
    }
    if (!file_->maker) {
        make_signature_from(file_->bytes);
    }
    file_->maker->finish();
    sigtar_.add_signature(file_->key, file_->header, signature_);
    count(is_delta ? volume::MemberKind::diff : volume::MemberKind::snapshot, file_->bytes);
    file_.reset();
}

/// Of an increment not what the source has: ResumeMark says why.
void VolumeSurvey::count(volume::MemberKind kind, std::uint64_t bytes) noexcept
{
    if (kind == volume::MemberKind::diff) {
        ++statistics_.changed_files;
        statistics_.changed_file_bytes += bytes;
    } else {
        ++statistics_.new_files;
        statistics_.new_file_bytes += bytes;
    }
    if (before_ == nullptr) {
        ++statistics_.source_files;
        statistics_.source_file_bytes += bytes;
    }
}

void VolumeSurvey::keep(const manifest::Volume& record, const std::string& name,
                        std::uint64_t bytes)
{
    sigtar_.flush();
    ResumeMark mark;
    mark.sigtar_bytes = sigtar_.bytes();
    mark.statistics = statistics_;
    mark.statistics.raw_delta_bytes = data_bytes_;
    if (file_) {
        // Otherwise that of no file there is: then the border before the file is used.
        mark.split = file_->same.value_or(SplitFile{});
        mark.split->delta_digest = file_->delta_digest;
    }
    signatures_sha1_ =
        chain_signatures(signatures_sha1_, sigtar_.fd(), sigtar_bytes_, mark.sigtar_bytes);
    sigtar_bytes_ = mark.sigtar_bytes;
    cache::JournalVolume row;
    row.number = record.number;
    row.file_name = name;
    row.sha1 = record.sha1;
    row.bytes = bytes;
    row.record = manifest::print_volume(record);
    row.mark = print(mark);
    row.signatures_sha1 = signatures_sha1_;
    volumes_.push_back(std::move(row));
}

void VolumeSurvey::open_source_file()
{
    const auto path =
        select::normal_source(request_.source) + "/" + naming::path_of_key(file_->key);
    io::Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return;
    }
    if (is_as_stored(facts, file_->header, fd.get(), io::printable(path))) {
        select::Metadata found;
        found.size = static_cast<std::uint64_t>(facts.st_size);
        found.mtime = facts.st_mtim.tv_sec;
        found.mtime_ns = static_cast<std::uint32_t>(facts.st_mtim.tv_nsec);
        found.ctime = facts.st_ctim.tv_sec;
        found.ctime_ns = static_cast<std::uint32_t>(facts.st_ctim.tv_nsec);
        found.device = facts.st_dev;
        found.inode = facts.st_ino;
        // A write from now on changes what the backup will find, unless it comes too soon to show.
        distrust_young_times(found);
        file_->same = split_file_of(found);
    }
    file_->source = std::move(fd);
}

bool VolumeSurvey::read_source(std::uint64_t offset, io::ByteSpan into) const
{
    check_stop();
    if (!file_->source) {
        return false;
    }
    try {
        return io::pread_full(file_->source.get(), into, offset, file_->key) == into.size();
    } catch (const Error&) {
        return false;  // the backup will find it unreadable, too, and tells of it
    }
}

void VolumeSurvey::compare_with_source(io::ByteView data)
{
    if (!file_->same) {
        return;
    }
    source_buffer_.resize(data.size());
    if (!read_source(file_->bytes, source_buffer_) ||
        !std::equal(data.begin(), data.end(), source_buffer_.begin())) {
        file_->same.reset();
    }
}

std::vector<cache::JournalVolume> VolumeSurvey::finish()
{
    sigtar_.sync();
    return std::move(volumes_);
}

}  // namespace duplid::operation
