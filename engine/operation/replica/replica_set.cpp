#include "engine/operation/replica/replica_set.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/archive/read_ahead.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/replica/rewrap.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/volume/opened_file.hpp"
#include "engine/volume/store_stream.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;
constexpr std::size_t part_bytes_max = std::size_t{1} << 30U;
constexpr auto journal_kind = "replicate";
constexpr auto damage_hint = "repair can tell what is lost; sets of other chains are copied";

Error damaged(const std::string& text, const std::string& name)
{
    return Error{Error::Kind::corrupt, text, name, damage_hint};
}

/// Reads to the end, where the checks of gzip and OpenPGP are.
void drain(io::Source& source)
{
    io::Bytes rest(std::size_t{64} << 10U);
    while (source.read(rest) > 0) {
    }
}

}  // namespace

SetCopy::SetCopy(CopyContext& context, const chain::BackupSet& set,
                 std::optional<std::string> signatures, const std::vector<std::string>& begun)
    : context_{context}, source_{context.source}, destination_{context.destination}, set_{set},
      signatures_{std::move(signatures)}, begun_{begun}, changes_{destination_.directory.path()},
      part_path_{destination_.directory.path_of(
          fmt::format("duplid-replica.{}.part", catalog_name_of(set.id)))}
{
}

SetCopy::~SetCopy()
{
    if (shipping_.valid()) {
        shipping_.wait();
    }
}

void SetCopy::check_stop() const
{
    if (context_.stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the replication was stopped on request"};
    }
}

void SetCopy::run()
{
    read_source_manifest();
    check_begun();
    prepare_signatures();
    take_up_earlier_attempt();
    copy_volumes();
    put_signatures();
    put_manifest();
    context_.journal.finish();
    ::unlink(part_path_.c_str());
}

void SetCopy::read_source_manifest()
{
    auto read = read_manifest(source_, set_, changes_);
    manifest_ = std::move(read.manifest);
    std::uint32_t expected = 1;
    for (const auto& volume : manifest_.volumes) {
        if (volume.number != expected++) {
            throw damaged(fmt::format("the manifest of the set {} does not list volume {}",
                                      spoken_name_of(set_.id), expected - 1),
                          *set_.manifest);
        }
        static_cast<void>(source_name(volume));
    }
    same_keys_ = have_same_keys(source_.settings, destination_.settings);
    if (same_keys_ && destination_.settings.encryption) {
        const auto file = fetch(source_, *set_.manifest);
        same_keys_ = opens_like(destination_.settings, file.get(), *set_.manifest);
    }
    const auto goes = [this](const manifest::Volume& volume) {
        return !volume.sha1.empty() &&
               goes_as_it_is(source_name(volume),
                             target_volume_name(destination_.settings, set_.id, volume.number));
    };
    // Without a host name it is one of duplicity's replicas, whose records may be in an order that
    // duplicity itself cannot read (archive-format.md 11.8).
    manifest_as_it_is_ =
        manifest_.hostname.has_value() &&
        goes_as_it_is(*set_.manifest, target_manifest_name(destination_.settings, set_.id)) &&
        std::all_of(manifest_.volumes.begin(), manifest_.volumes.end(), goes);
}

const std::string& SetCopy::source_name(const manifest::Volume& volume) const
{
    const auto found = set_.volumes.find(volume.number);
    if (found == set_.volumes.end()) {
        throw damaged(fmt::format("volume {} of the set {} is missing at the source", volume.number,
                                  spoken_name_of(set_.id)),
                      fmt::format("volume {}", volume.number));
    }
    return found->second;
}

bool SetCopy::goes_as_it_is(const std::string& from, const std::string& to) const
{
    return same_keys_ && from == to;
}

/// Files of an attempt with other options would make two of one volume, over which duplicity
/// aborts.
void SetCopy::check_begun() const
{
    for (const auto& name : begun_) {
        const auto parsed = naming::parse(name, destination_.settings.names.prefixes).value();
        const auto count = manifest_.volumes.size();
        const bool ours =
            (parsed.kind == naming::FileKind::volume && parsed.volume <= count &&
             name == target_volume_name(destination_.settings, set_.id, parsed.volume)) ||
            (parsed.kind == naming::FileKind::signatures &&
             name == target_signatures_name(destination_.settings, set_.id));
        if (!ours) {
            throw Error{Error::Kind::invalid,
                        fmt::format("the destination has {} of an unfinished set of that time, "
                                    "which does not belong to this copy",
                                    name),
                        name,
                        "replicate with the options of the run that began it, or remove its files "
                        "with cleanup"};
        }
    }
}

volume::StoredFile SetCopy::copy_file(const std::string& from, const std::string& to)
{
    auto spool = destination_.target.make_spool(to, destination_.settings.temp_directory);
    io::FdSink file{spool.fd(), to};
    io::DigestSink out{io::Digest::Algorithm::sha1, file};
    if (auto local = source_.target.open_local(from)) {
        io::FileSource content{std::move(*local), from};
        io::copy(content, out);
    } else {
        source_.target.get(from, out);
    }
    const auto bytes = out.bytes();
    return {std::move(spool), bytes, out.hex(), {}, 0};
}

/// Before any volume, so that damaged signatures are found while nothing was written yet.
void SetCopy::prepare_signatures()
{
    if (!signatures_) {
        ++context_.totals.warnings;
        context_.monitor.warn(Error{
            Error::Kind::corrupt,
            fmt::format("the source has no signatures of the set {}; its copy has none either",
                        spoken_name_of(set_.id)),
            {},
            "it can be restored, but no increment can be made on it; repair makes them again"});
        return;
    }
    const auto name = target_signatures_name(destination_.settings, set_.id);
    if (goes_as_it_is(*signatures_, name)) {
        signatures_file_ = copy_file(*signatures_, name);
        const auto wrapping = data_wrapping_of(destination_.settings);
        if (wrapping == naming::Wrapping::gzip) {
            // No hash is kept of signatures, but gzip has one inside.
            const auto content =
                volume::open_file(fetch(source_, *signatures_), *signatures_, packing_of(wrapping),
                                  open_options_of(source_.settings));
            drain(*content);
        }
        return;
    }
    auto wrapper = wrapper_of(destination_, set_.id);
    wrapper.tar_end = false;  // the sigtar has its own
    const auto content = open_from_target(source_, *signatures_);
    auto spool = destination_.target.make_spool(name, destination_.settings.temp_directory);
    signatures_file_ =
        volume::store_stream(*content, wrapper, std::move(spool), name, destination_.pool,
                             wrapper.form == volume::Form::gzip ? sigtar_chunk_bytes : chunk_bytes);
}

void SetCopy::take_up_earlier_attempt()
{
    const cache::JournalRun run{.set_name = catalog_name_of(set_.id),
                                .kind = journal_kind,
                                .setup = {},
                                .volume_bytes = 0,
                                .started = set_.id.end};
    const auto unfinished = context_.journal.unfinished();
    if (unfinished && unfinished->run == run) {
        for (const auto& volume : unfinished->volumes) {
            earlier_puts_.emplace(volume.number, volume);
        }
        if (const auto text = io::read_file_if_there(part_path_, part_bytes_max)) {
            for (auto& record : manifest::parse_unfinished(*text).volumes) {
                earlier_records_.emplace(record.number, std::move(record));
            }
        }
    } else {
        context_.journal.begin(run);
    }
    if (!manifest_as_it_is_) {
        part_.emplace(part_path_, part_path_,
                      manifest::Head{manifest_.hostname, manifest_.localdir, true});
    }
}

bool SetCopy::is_there(const std::string& name, std::uint64_t bytes, const std::string& sha1)
{
    const auto found = context_.to.bytes_of.find(name);
    if (found == context_.to.bytes_of.end() ||
        (found->second != bytes && found->second != remote::unknown_bytes)) {
        return false;
    }
    // A volume that was put is whole; where looking inside costs no transfer, it is looked at.
    const auto local = destination_.target.open_local(name);
    return !local || volume::sha1_of(local->get(), name) == sha1;
}

/// The record of a volume that an earlier attempt put, if that is still good.
std::optional<manifest::Volume> SetCopy::kept(const manifest::Volume& volume,
                                              const std::string& from, const std::string& to)
{
    if (goes_as_it_is(from, to) && !volume.sha1.empty()) {
        const auto bytes = context_.from.bytes_of.find(from);
        const bool there =
            bytes != context_.from.bytes_of.end() && is_there(to, bytes->second, volume.sha1);
        return there ? std::optional{volume} : std::nullopt;
    }
    const auto put = earlier_puts_.find(volume.number);
    const auto record = earlier_records_.find(volume.number);
    if (put == earlier_puts_.end() || record == earlier_records_.end() || volume.sha1.empty() ||
        put->second.file_name != to || put->second.sha1 != record->second.sha1 ||
        record->second.source_sha1 != volume.sha1 ||
        !is_there(to, put->second.bytes, put->second.sha1)) {
        return std::nullopt;
    }
    return record->second;
}

volume::StoredFile SetCopy::wrap_volume(const manifest::Volume& volume, const std::string& from,
                                        const std::string& to)
{
    auto file = fetch(source_, from);
    if (!volume.sha1.empty() && volume::sha1_of(file.get(), from) != volume.sha1) {
        throw damaged(fmt::format("volume {} of the set {} is damaged: {} is not what its manifest "
                                  "says",
                                  volume.number, spoken_name_of(set_.id), from),
                      from);
    }
    const auto wrapping = naming::parse(from, source_.settings.names.prefixes).value().wrapping;
    ReadAhead content{volume::open_file(std::move(file), from, packing_of(wrapping),
                                        open_options_of(source_.settings))};
    EntryChunks entries{content, chunk_bytes};
    auto spool = destination_.target.make_spool(to, destination_.settings.temp_directory);
    auto stored = volume::store_chunks(
        [&](volume::Chunk& chunk) {
            check_stop();
            return entries.fill(chunk);
        },
        wrapper_of(destination_, set_.id), std::move(spool), to, destination_.pool);
    drain(content);
    if (!entries.has_whole_entries()) {
        stored.chunks.clear();
    }
    return stored;
}

void SetCopy::copy_volumes()
{
    for (const auto& volume : manifest_.volumes) {
        check_stop();
        const auto& from = source_name(volume);
        const auto to = target_volume_name(destination_.settings, set_.id, volume.number);
        auto record = volume;
        if (auto there = kept(volume, from, to)) {
            record = std::move(*there);
            if (part_) {
                part_->add(manifest::print_volume(record));
            }
        } else {
            const bool as_it_is = goes_as_it_is(from, to) && !volume.sha1.empty();
            auto file = as_it_is ? copy_file(from, to) : wrap_volume(volume, from, to);
            if (as_it_is && file.sha1 != volume.sha1) {
                throw damaged(fmt::format("volume {} of the set {} is damaged: {} has SHA-1 {} "
                                          "instead of {}",
                                          volume.number, spoken_name_of(set_.id), from, file.sha1,
                                          volume.sha1),
                              from);
            }
            if (!as_it_is) {
                record.sha1 = file.sha1;
                record.other_hashes.clear();
                record.source_sha1 = volume.sha1;
                record.chunks = chunk_index_of(file);
            }
            wait_for_shipping();
            destination_.directory.check_still_there();
            if (part_) {
                part_->add(manifest::print_volume(record));
            }
            cache::JournalVolume intent;
            intent.number = volume.number;
            intent.file_name = to;
            intent.sha1 = file.sha1;
            intent.bytes = file.bytes;
            context_.journal.intend(intent);
            start_shipping(volume.number, to, std::move(file));
        }
        auto& progress = context_.totals.progress;
        const auto bytes = context_.from.bytes_of.find(from);
        progress.bytes_done += bytes == context_.from.bytes_of.end() ? 0 : bytes->second;
        ++progress.volumes_done;
        progress.stored_bytes = context_.totals.stored_bytes;
        context_.monitor.progress(progress);
    }
    wait_for_shipping();
}

/// One volume travels while the next is made.
void SetCopy::start_shipping(std::uint32_t number, const std::string& name, volume::StoredFile file)
{
    context_.monitor.tell(VolumeStep{
        .step = VolumeStep::Step::begun, .number = number, .name = name, .bytes = file.bytes});
    shipping_number_ = number;
    shipping_ = std::async(std::launch::async, [this, name, file = std::move(file)]() mutable {
        ship(destination_.target, file, name);
        return file.bytes;
    });
}

void SetCopy::wait_for_shipping()
{
    if (!shipping_.valid()) {
        return;
    }
    try {
        context_.totals.stored_bytes += shipping_.get();
    } catch (const Error& error) {
        // Not the source's damage, which would cost the set only.
        throw error.kind() == Error::Kind::corrupt
            ? Error{Error::Kind::unreachable, error.what(), error.object(), error.hint()}
            : error;
    }
    ++context_.totals.volumes;
    context_.journal.acknowledge(shipping_number_);
}

void SetCopy::put_signatures()
{
    if (signatures_file_) {
        start_shipping(0, target_signatures_name(destination_.settings, set_.id),
                       std::move(*signatures_file_));
        context_.totals.stored_bytes += shipping_.get();
    }
}

void SetCopy::put_manifest()
{
    context_.check_destination(set_.id);
    const auto name = target_manifest_name(destination_.settings, set_.id);
    if (manifest_as_it_is_) {
        auto file = copy_file(*set_.manifest, name);
        const auto bytes = file.bytes;
        ship(destination_.target, file, name);
        context_.totals.stored_bytes += bytes;
        return;
    }
    const auto whole = part_->finish(changes_);
    io::RangeSource text{whole.fd(), 0, whole.bytes(), part_path_};
    context_.totals.stored_bytes += operation::put_manifest(destination_, set_.id, text);
}

}  // namespace duplid::operation
