#include "engine/operation/backup/takeover.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/operation/archive/manifest_part.hpp"
#include "engine/operation/backup/resume.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

constexpr std::size_t manifest_bytes_max = std::size_t{1} << 30U;

/// The first volume that another run made again, or one that never comes. A run that goes on with a
/// set makes the last volume anew, and adds its record behind the old one (archive-format.md 11.3),
/// which has been there since before the volume was put (3.7). So what is below the lowest number
/// that comes twice is the first run's. Parsing shows only the newer of two records.
std::uint32_t first_made_again(std::string_view text)
{
    constexpr std::string_view head = "volume ";
    const auto is_head = [&](std::string_view line) {
        const auto same = [](char left, char right) {
            return left == (right >= 'A' && right <= 'Z' ? right - 'A' + 'a' : right);
        };
        return line.size() > head.size() && line.back() == ':' &&
               std::equal(head.begin(), head.end(), line.begin(), same);
    };
    auto first = std::numeric_limits<std::uint32_t>::max();
    std::set<std::uint32_t> numbers;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        if (is_head(line)) {
            const auto digits = line.substr(head.size());
            std::uint32_t number = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
            if (!numbers.insert(number).second) {
                first = std::min(first, number);
            }
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return first;
}

/// The records of the volumes of its first run, in order; nothing, and why, when there are none.
std::vector<manifest::Volume> records_of(const Archive& archive, const chain::BackupSet& set,
                                         const BackupRequest& request, std::string& why_not)
{
    const auto text = io::read_file_if_there(
        archive.directory.path_of(set.cached_partial_manifest.value()), manifest_bytes_max);
    if (!text) {
        return {};
    }
    manifest::Manifest manifest;
    try {
        manifest = manifest::parse_unfinished(*text);
    } catch (const Error&) {
        why_not = "its partial manifest is damaged";
        return {};
    }
    const auto& host = manifest.hostname;
    const bool is_this_source =
        (!host || *host == request.host_name ||
         (request.full_host_name && *host == request.full_host_name())) &&
        (!manifest.localdir || *manifest.localdir == select::normal_source(request.source));
    if (!is_this_source && !request.allow_source_mismatch) {
        why_not = "it was made of another source or host";
        return {};
    }
    auto& volumes = manifest.volumes;
    const auto again = first_made_again(io::text_of(*text));
    std::uint32_t number = 0;
    while (number < volumes.size() && volumes[number].number == number + 1 && number + 1 < again) {
        ++number;
    }
    volumes.resize(number);
    if (volumes.empty()) {
        why_not = "its first volume is not known";
    }
    return std::move(volumes);
}

/// From the moment the partial manifest is gone, duplicity sees a set that nobody goes on with;
/// from the first row on, the journal has one of which a beginning can be kept.
void note_in_journal(const Archive& archive, cache::Journal& journal, const BackupRequest& request,
                     const naming::SetId& set, const std::vector<cache::JournalVolume>& volumes)
{
    ManifestPart part{archive.directory.path_of(partial_manifest_name(archive, set)),
                      archive.directory.path_of(cached_manifest_name(archive, set)),
                      manifest_head_of(archive, request)};
    part.restart({});
    journal.begin({catalog_name_of(set), set.full ? "full" : "incremental",
                   setup_of(archive, request), request.volume_bytes, set.end});
    for (const auto& volume : volumes) {
        journal.intend(volume);
        journal.acknowledge(volume.number);
    }
}

}  // namespace

const chain::BackupSet* left_by_another(const Listing& listing, cache::Journal& journal,
                                        const std::optional<naming::SetId>& newest)
{
    const auto& partial = listing.collection.partial;
    const auto last =
        std::max_element(partial.begin(), partial.end(), [](const auto& left, const auto& right) {
            return left.id.end < right.id.end;
        });
    if (last == partial.end() || !last->cached_partial_manifest ||
        (newest && newest->end >= last->id.end)) {
        return nullptr;
    }
    const auto own = journal.unfinished();
    return own && own->run.set_name == catalog_name_of(last->id) ? nullptr : &*last;
}

Takeover take_over(Archive& archive, cache::Journal& journal, const chain::BackupSet& set,
                   const OldState* before, const BackupRequest& request, Monitor& monitor,
                   const std::stop_token& stop)
{
    Takeover result;
    const auto records = records_of(archive, set, request, result.why_not);
    if (records.empty()) {
        return result;
    }
    monitor.note(fmt::format("reading what another program stored of the {}, to go on with it",
                             spoken_name_of(set.id)));
    SigtarWriter sigtar{archive.directory.path_of(partial_signatures_name(archive, set.id))};
    VolumeSurvey survey{archive, request, set.id, before, sigtar, stop};
    for (const auto& record : records) {
        if (!survey.read(record)) {
            monitor.note(survey.why());
            break;
        }
    }
    const auto volumes = survey.finish();
    if (volumes.empty()) {
        result.why_not = "none of its volumes can be used";
        return result;
    }
    note_in_journal(archive, journal, request, set.id, volumes);
    result.done = true;
    return result;
}

}  // namespace duplid::operation
