#include "engine/operation/backup/resume.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <sys/stat.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t manifest_bytes_max = std::size_t{1} << 30U;

const chain::BackupSet* find_unfinished_set(const chain::Collection& collection,
                                            const std::string& name)
{
    for (const auto* sets : {&collection.partial, &collection.incomplete}) {
        const auto found = std::find_if(sets->begin(), sets->end(), [&](const auto& set) {
            return catalog_name_of(set.id) == name;
        });
        if (found != sets->end()) {
            return &*found;
        }
    }
    return nullptr;
}

/// The volumes from the first one on that were acknowledged.
std::vector<cache::JournalVolume> acknowledged_volumes(std::vector<cache::JournalVolume> volumes)
{
    std::size_t count = 0;
    while (count < volumes.size() && volumes[count].number == count + 1 &&
           volumes[count].acknowledged) {
        ++count;
    }
    volumes.resize(count);
    return volumes;
}

std::string text_of_records(const std::vector<cache::JournalVolume>& volumes, std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += volumes[i].record;
    }
    return text;
}

/// Whether `.manifest.part` is what this program wrote: a beginning of it, for the journal's rows
/// come first and a power cut may take its end.
bool is_manifest_ours(const Archive& archive, const BackupRequest& request,
                      const naming::SetId& set, const std::vector<cache::JournalVolume>& volumes)
{
    const auto path = archive.directory.path_of(partial_manifest_name(archive, set));
    const auto found = io::read_file_if_there(path, manifest_bytes_max);
    if (!found) {
        return true;
    }
    const auto expected = manifest::print_head(manifest_head_of(archive, request)) +
                          text_of_records(volumes, volumes.size());
    return expected.starts_with(io::text_of(*found));
}

/// Of the acknowledged volumes, those up to the first that the target does not have as it should.
void keep_what_is_there(const Listing& listing, std::vector<cache::JournalVolume>& volumes)
{
    const auto missing = std::find_if(volumes.begin(), volumes.end(), [&](const auto& volume) {
        const auto there = listing.bytes_of.find(volume.file_name);
        return there == listing.bytes_of.end() ||
               (there->second != remote::unknown_bytes && there->second != volume.bytes);
    });
    volumes.erase(missing, volumes.end());
}

/// The ends of volumes up to which the signatures are there, and are those of the journal.
std::vector<ResumePoint> points_of(const Archive& archive, const naming::SetId& set,
                                   const std::vector<cache::JournalVolume>& volumes)
{
    std::vector<ResumePoint> points;
    const auto path = archive.directory.path_of(partial_signatures_name(archive, set));
    io::Fd sigtar{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    struct stat facts {};
    if (!sigtar || ::fstat(sigtar.get(), &facts) != 0) {
        return points;
    }
    const auto records = text_of_records(volumes, volumes.size());
    const auto manifest = manifest::parse_unfinished(io::view_of(records));
    KeptVolumes kept;
    for (std::size_t i = 0; i < volumes.size() && i < manifest.volumes.size(); ++i) {
        const auto mark = parse_resume_mark(volumes[i].mark);
        if (!mark || mark->sigtar_bytes < kept.sigtar_bytes ||
            mark->sigtar_bytes > static_cast<std::uint64_t>(facts.st_size)) {
            break;
        }
        const auto sha1 = chain_signatures(kept.signatures_sha1, sigtar.get(), kept.sigtar_bytes,
                                           mark->sigtar_bytes);
        const auto& last = manifest.volumes[i].last;
        if (sha1 != volumes[i].signatures_sha1 ||
            last.block.has_value() != mark->split.has_value()) {
            break;
        }
        kept = {volumes[i].number, mark->sigtar_bytes, sha1};
        points.push_back({kept, last, *mark});
    }
    return points;
}

/// Fills `found`, or returns why the set cannot be gone on with.
std::string why_not(const Archive& archive, const Listing& listing, const BackupRequest& request,
                    const std::optional<naming::SetId>& newest, const cache::Unfinished& unfinished,
                    Resumption& found)
{
    const auto& partial = listing.collection.partial;
    const auto is_newer = [&](const naming::SetId& other) { return other.end > found.set.end; };
    if ((newest && newest->end >= found.set.end) ||
        std::any_of(partial.begin(), partial.end(),
                    [&](const auto& other) { return is_newer(other.id); })) {
        return "a later one was begun since";
    }
    if (unfinished.run.setup != setup_of(archive, request)) {
        return "it was made of another source or host, or with other keys";
    }
    auto volumes = acknowledged_volumes(unfinished.volumes);
    for (const auto& volume : volumes) {
        const auto name = naming::print({found.set, naming::FileKind::volume, volume.number,
                                         data_wrapping_of(archive.settings), false},
                                        archive.settings.names);
        if (name != volume.file_name) {
            return "its files are called otherwise";
        }
    }
    if (!is_manifest_ours(archive, request, found.set, volumes)) {
        return "another program has gone on with it";
    }
    keep_what_is_there(listing, volumes);
    if (volumes.empty()) {
        return "none of its volumes is known to be whole";
    }
    found.points = points_of(archive, found.set, volumes);
    found.volumes = std::move(volumes);
    return found.points.empty() ? "its signatures in the cache are not whole" : std::string{};
}

/// The last volume of a set ends where the set does, and has no mark: a set of one volume has no
/// place to be gone on from. A set that duplicity went on with meanwhile is not ours to judge.
bool is_useless(const Archive& archive, const BackupRequest& request, const chain::BackupSet& set,
                const std::vector<cache::JournalVolume>& volumes)
{
    const auto acknowledged = acknowledged_volumes(volumes);
    if (acknowledged.empty()) {
        // With a partial manifest somebody else has begun this very set, too.
        return !set.partial;
    }
    return acknowledged.size() == 1 && volumes.size() == 1 && acknowledged.front().mark.empty() &&
           set.volumes.size() <= 1 && is_manifest_ours(archive, request, set.id, acknowledged);
}

/// Volumes first, so that what is left when this breaks off still looks like what it is.
std::vector<std::string> names_on_target(const Archive& archive, const Listing& listing,
                                         const naming::SetId& set,
                                         const std::vector<cache::JournalVolume>& volumes)
{
    std::vector<std::string> names;
    for (const auto& volume : volumes) {
        names.push_back(volume.file_name);
    }
    names.push_back(target_signatures_name(archive.settings, set));
    std::erase_if(names, [&](const auto& name) { return !listing.bytes_of.contains(name); });
    return names;
}

}  // namespace

manifest::Head manifest_head_of(const Archive& archive, const BackupRequest& request)
{
    // Only forms that are deflated chunk by chunk, or not at all, can be read chunk by chunk.
    return {request.host_name, select::normal_source(request.source), !archive.settings.encryption};
}

std::string setup_of(const Archive& archive, const BackupRequest& request)
{
    auto text = fmt::format("host {}\nsource {}\n", request.host_name,
                            select::normal_source(request.source));
    if (const auto& keys = archive.settings.encryption) {
        for (const auto& key : keys->recipients) {
            text += fmt::format("recipient {}\n", key);
        }
        for (const auto& key : keys->hidden_recipients) {
            text += fmt::format("hidden recipient {}\n", key);
        }
        text += fmt::format("signer {}\n", keys->sign_key);
    }
    if (request.stray_names) {
        text += "several targets\n";
    }
    return text;
}

std::string Resumption::records() const
{
    return points.empty() ? std::string{} : text_of_records(volumes, points.back().kept.count);
}

void Resumption::give_up_split_file()
{
    const auto key = points.back().last.key;
    while (!points.empty() && points.back().mark.split && points.back().last.key == key) {
        points.pop_back();
    }
}

Interrupted find_interrupted(const Archive& archive, cache::Journal& journal,
                             const Listing& listing, const BackupRequest& request,
                             const std::optional<naming::SetId>& newest, Monitor& monitor)
{
    Interrupted result;
    const auto unfinished = journal.unfinished();
    const auto* set =
        unfinished ? find_unfinished_set(listing.collection, unfinished->run.set_name) : nullptr;
    if (set == nullptr) {
        return result;
    }
    if (is_useless(archive, request, *set, unfinished->volumes)) {
        result.useless_set = set->id;
        result.useless = names_on_target(archive, listing, set->id, unfinished->volumes);
        return result;
    }
    Resumption found;
    found.set = set->id;
    found.known_volumes = unfinished->volumes.size();
    const auto why = why_not(archive, listing, request, newest, *unfinished, found);
    if (why.empty()) {
        result.resumption = std::move(found);
    } else {
        monitor.note(
            fmt::format("the interrupted {} is not continued: {}", spoken_name_of(set->id), why));
        result.why_not = why;
    }
    return result;
}

bool can_open(Archive& archive, const Resumption& resumption)
{
    const auto& kept = resumption.volumes;
    const auto smallest =
        std::min_element(kept.begin(), kept.end(), [](const auto& left, const auto& right) {
            return left.bytes < right.bytes;
        });
    try {
        io::Bytes some(tar::block_bytes);
        const auto content = open_from_target(archive, smallest->file_name);
        return content->read(some) > 0;
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::wrong_secret && error.kind() != Error::Kind::corrupt) {
            throw;
        }
        return false;
    }
}

std::optional<std::string> stage_kept(Archive& archive, cache::Catalog& catalog,
                                      const ResumePoint& point, const SigtarWriter& sigtar,
                                      bool full, ChangeList* changes, const std::stop_token& stop)
{
    using Action = manifest::FileChange::Action;
    const auto before = [&](std::string_view key) {
        return full ? std::nullopt : catalog.find(key);
    };
    const auto type_before = [&](std::string_view key) {
        const auto row = before(key);
        return row ? std::optional{tar_type_of_row(row->type)} : std::nullopt;
    };
    std::map<std::string, bool, std::less<>> is_directory;  // of what lies above the point
    const auto look = [&](const volume::Member& member, const tar::Header& header,
                          const tar::Reader& /*content*/) {
        const bool is_gone = member.kind == volume::MemberKind::deleted;
        if (changes != nullptr && member.kind == volume::MemberKind::signature) {
            const bool was_file = type_before(member.key) == tar::Type::regular;
            changes->add(was_file ? Action::changed : Action::added, member.key);
        } else if (changes != nullptr && is_gone && type_before(member.key) == tar::Type::regular) {
            changes->add(Action::removed, member.key);
        }
        if (naming::is_at_or_below(point.last.key, member.key)) {
            is_directory[member.key] = !is_gone && header.type == tar::Type::directory;
        }
    };
    io::RangeSource raw{sigtar.fd(), 0, point.mark.sigtar_bytes, "signatures in the cache"};
    stage_signatures(archive, catalog, raw, full, look, stop);

    for (std::size_t depth = 0; depth <= naming::depth_of(point.last.key); ++depth) {
        const auto key = naming::first_components(point.last.key, depth);
        const auto now = is_directory.find(key);
        if (now == is_directory.end() ? type_before(key) != tar::Type::directory : !now->second) {
            return std::string{key};
        }
    }
    return std::nullopt;
}

}  // namespace duplid::operation
