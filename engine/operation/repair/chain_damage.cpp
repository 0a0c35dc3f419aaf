#include "engine/operation/repair/chain_damage.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/operation/state/set_stream.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "engine/volume/opened_file.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <utility>

namespace duplid::operation {

namespace {

void check(const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "the repair was stopped on request"};
    }
}

bool is_whole(Archive& archive, const std::string& name, const std::string& sha1)
{
    try {
        return sha1.empty() || volume::sha1_of(fetch(archive, name).get(), name) == sha1;
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::not_found || error.kind() == Error::Kind::corrupt) {
            return false;
        }
        throw;
    }
}

using Lost = std::map<std::string, naming::SetId>;

/// What the signatures of a set say was in its lost volumes; false when they cannot be read.
bool add_by_signatures(Archive& archive, const SetHealth& health,
                       const chain::FoundSignatures& file, Lost& lost)
{
    try {
        const auto source = open_signatures(archive, file);
        tar::Reader reader{*source};
        tar::Header header;
        while (reader.next(header)) {
            const auto member = volume::member_of(header);
            if (health.may_have_lost(member.key)) {
                lost.emplace(member.key, health.set->id);
            }
        }
        return true;
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
        return false;
    }
}

void add_by_file_list(Archive& archive, const SetHealth& health, Lost& lost)
{
    const auto content = open_from_target(archive, health.set->manifest.value());
    static_cast<void>(manifest::parse(*content, [&](manifest::FileChange&& change) {
        if (health.may_have_lost(change.key)) {
            lost.emplace(change.key, health.set->id);
        }
    }));
}

/// Takes out of `lost` what this set stores whole.
void take_out_healed(Archive& archive, const SetHealth& health, Lost& lost,
                     std::vector<LostPath>& paths, ReadingProgress& reading,
                     const std::stop_token& stop)
{
    SetStream entries{archive, *health.set, health.readable(), {}};
    VolumesRead volumes{reading, *health.set, entries};
    while (!lost.empty() && entries.next()) {
        check(stop);
        volumes.tick();
        const auto found = lost.find(entries.key());
        if (found != lost.end() && entries.kind() != volume::MemberKind::diff &&
            !health.may_have_lost(entries.key())) {
            paths.push_back({found->first, found->second, health.set->id});
            lost.erase(found);
        }
    }
    volumes.finish();
}

}  // namespace

bool SetHealth::may_have_lost(std::string_view key) const
{
    return std::any_of(broken.begin(), broken.end(), [&](const BrokenVolume& volume) {
        const auto record =
            std::find_if(manifest.volumes.begin(), manifest.volumes.end(),
                         [&](const auto& one) { return one.number == volume.number; });
        if (record == manifest.volumes.end()) {
            return false;
        }
        // The record of an empty last volume begins at the root (archive-format.md 3.4).
        const bool empty_last = record->first.key.empty() && record != manifest.volumes.begin();
        const auto& from = empty_last ? std::prev(record)->last.key : record->first.key;
        return std::string_view{from} <= key && key <= record->last.key;
    });
}

manifest::Manifest SetHealth::readable() const
{
    auto rest = manifest;
    std::erase_if(rest.volumes, [this](const manifest::Volume& volume) {
        return std::any_of(broken.begin(), broken.end(),
                           [&](const auto& one) { return one.number == volume.number; });
    });
    return rest;
}

void find_broken_volumes(Archive& archive, SetHealth& health, bool read_data,
                         ReadingProgress& reading, const std::stop_token& stop)
{
    health.broken.clear();
    for (const auto& volume : health.manifest.volumes) {
        check(stop);
        const auto found = health.set->volumes.find(volume.number);
        if (found == health.set->volumes.end()) {
            health.broken.push_back({volume.number, {}});
        } else if (read_data) {
            if (!is_whole(archive, found->second, volume.sha1)) {
                health.broken.push_back({volume.number, found->second});
            }
            reading.has_read(found->second);
        }
    }
}

std::vector<LostPath>
find_lost_paths(Archive& archive, const std::vector<SetHealth>& chain,
                const std::map<naming::SetId, chain::FoundSignatures>& signatures,
                ReadingProgress& reading, const std::stop_token& stop)
{
    std::vector<LostPath> paths;
    Lost lost;
    for (const auto& health : chain) {
        if (!lost.empty()) {
            take_out_healed(archive, health, lost, paths, reading, stop);
        }
        if (health.broken.empty()) {
            continue;
        }
        const auto file = signatures.find(health.set->id);
        if (file == signatures.end() || !add_by_signatures(archive, health, file->second, lost)) {
            add_by_file_list(archive, health, lost);
        }
    }
    for (auto& [key, since] : lost) {
        paths.push_back({key, since, std::nullopt});
    }
    std::sort(paths.begin(), paths.end(), [](const LostPath& a, const LostPath& b) {
        return std::pair{std::string_view{a.key}, a.since} <
               std::pair{std::string_view{b.key}, b.since};
    });
    return paths;
}

}  // namespace duplid::operation
