#include "engine/operation/backup/volume_survey.hpp"

#include "engine/manifest/writer.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/backup/set_record.hpp"
#include "engine/operation/object/extended_attributes.hpp"
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
    return S_ISREG(facts.st_mode) && facts.st_nlink == 1 &&
           (facts.st_mode & permission_bits) == header.mode && facts.st_uid == header.uid &&
           facts.st_gid == header.gid && facts.st_mtim.tv_sec == header.mtime &&
           has_no_attributes(fd, path);
}

}  // namespace

VolumeSurvey::VolumeSurvey(Archive& archive, const BackupRequest& request, const naming::SetId& set,
                           SigtarWriter& sigtar, std::stop_token stop)
    : archive_{archive}, request_{request}, set_{set}, sigtar_{sigtar}, stop_{std::move(stop)},
      signature_{archive.settings.temp_directory}, buffer_(read_bytes)
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

void VolumeSurvey::take_entry(tar::Header& header, tar::Reader& reader)
{
    if (stop_.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the backup was stopped on request"};
    }
    const auto member = volume::member_of(header);
    if (member.kind != volume::MemberKind::snapshot || header.type == tar::Type::hard_link) {
        throw unusable("it holds an entry that no full set has");
    }
    const auto block = member.block.value_or(1);
    if (file_ ? member.key != file_->key || !member.block || block != file_->block + 1
              : block != 1 || (last_key_ && member.key <= *last_key_)) {
        throw unusable("its entries do not follow each other");
    }
    last_key_ = member.key;
    if (header.type != tar::Type::regular) {
        if (file_) {
            throw unusable("a file in it goes on as something else");
        }
        header.extra.clear();
        sigtar_.add(volume::MemberKind::snapshot, member.key, header);
        count(0);
        return;
    }
    const bool is_last = !member.block || header.size < volume::block_bytes;
    if (!file_) {
        begin_file(member.key, header, member.block.has_value());
    }
    file_->block = block;
    take_data(reader);
    if (is_last) {
        end_file();
    } else if (file_->bytes != block * volume::block_bytes) {
        throw unusable("a block in it is longer than any is");
    }
}

void VolumeSurvey::begin_file(const std::string& key, const tar::Header& header, bool in_blocks)
{
    file_.emplace();
    file_->key = key;
    file_->header = header;
    file_->header.extra.clear();
    signature_.clear();
    if (in_blocks) {
        open_source_file();
    }
}

void VolumeSurvey::take_data(tar::Reader& reader)
{
    while (const auto got = reader.read(buffer_)) {
        const auto data = io::ByteView{buffer_}.first(got);
        compare_with_source(data);
        file_->bytes += got;
        data_bytes_ += got;
        if (file_->maker) {
            file_->maker->write(data);
            continue;
        }
        io::append(file_->held, data);
        if (rdiff::block_bytes(file_->bytes) == rdiff::default_block_bytes_max) {
            make_signature_from(file_->bytes);
        }
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
    if (!file_->maker) {
        make_signature_from(file_->bytes);
    }
    file_->maker->finish();
    sigtar_.add_signature(file_->key, file_->header, signature_);
    count(file_->bytes);
    file_.reset();
}

void VolumeSurvey::count(std::uint64_t bytes) noexcept
{
    ++statistics_.source_files;
    ++statistics_.new_files;
    statistics_.source_file_bytes += bytes;
    statistics_.new_file_bytes += bytes;
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
        mark.split = file_->source ? file_->source_facts : SplitFile{};
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

/// Leaves `file_->source` empty when the file cannot be gone on with.
void VolumeSurvey::open_source_file()
{
    const auto path =
        select::normal_source(request_.source) + "/" + naming::path_of_key(file_->key);
    io::Fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0 ||
        !is_as_stored(facts, file_->header, fd.get(), io::printable(path))) {
        return;
    }
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
    file_->source_facts = split_file_of(found);
    file_->source = std::move(fd);
}

void VolumeSurvey::compare_with_source(io::ByteView data)
{
    if (!file_->source) {
        return;
    }
    source_buffer_.resize(data.size());
    std::size_t got = 0;
    try {
        got = io::pread_full(file_->source.get(), source_buffer_, file_->bytes, file_->key);
    } catch (const Error&) {
        // The backup will find it unreadable, too, and tells of it.
    }
    if (got != data.size() || !std::equal(data.begin(), data.end(), source_buffer_.begin())) {
        file_->source.reset();
    }
}

std::vector<cache::JournalVolume> VolumeSurvey::finish()
{
    sigtar_.sync();
    return std::move(volumes_);
}

}  // namespace duplid::operation
