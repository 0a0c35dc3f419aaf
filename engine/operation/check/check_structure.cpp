#include "engine/operation/check/check_structure.hpp"

#include "engine/manifest/chunk_index.hpp"
#include "engine/operation/state/set_index.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace duplid::operation {

namespace {

/// What may stand behind the last chunk of a volume: the end of a deflate stream and the trailer of
/// a gzip member.
constexpr std::uint64_t gzip_end_bytes_max = 64;

class StructureCheck {
public:
    StructureCheck(Archive& archive, const Listing& listing, Monitor& monitor,
                   const std::stop_token& stop)
        : archive_{archive}, listing_{listing}, monitor_{monitor}, stop_{stop}
    {
    }

    Structure run()
    {
        const auto& collection = listing_.collection;
        for (const auto& chain : collection.chains) {
            for (const auto& set : chain.sets) {
                check_set(set);
            }
        }
        for (const auto& set : collection.orphaned) {
            fault(set, spoken_name_of(set.id),
                  "no chain leads to it: the set it builds on is missing");
        }
        for (const auto& set : collection.incomplete) {
            check_incomplete(set);
        }
        for (const auto& name : collection.ignored) {
            monitor_.note(name + " looks almost like a file of the archive and is passed over");
        }
        return std::move(result_);
    }

private:
    void fault(const chain::BackupSet& set, std::string object, std::string text,
               bool spoils = true)
    {
        result_.faults.push_back({set.id, std::move(object), std::move(text), spoils});
    }

    void check_incomplete(const chain::BackupSet& set)
    {
        if (find_stored_signatures(listing_.collection, set.id)) {
            fault(set, spoken_name_of(set.id), "its manifest is missing");
        } else {
            monitor_.note(fmt::format("the set {} was never finished", spoken_name_of(set.id)));
        }
    }

    [[nodiscard]] std::uint64_t bytes_of(const std::string& name) const
    {
        const auto found = listing_.bytes_of.find(name);
        return found == listing_.bytes_of.end() ? remote::unknown_bytes : found->second;
    }

    void check_set(const chain::BackupSet& set)
    {
        if (stop_.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the check was stopped on request"};
        }
        for (const auto& name : set.duplicates) {
            monitor_.note(name + " is a second copy of a file and is passed over");
        }
        std::optional<manifest::Manifest> manifest;
        try {
            manifest = load_manifest_from_target(archive_, set);
        } catch (const Error& error) {
            if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::not_found) {
                throw;
            }
            fault(set, *set.manifest, error.what());
        }
        if (manifest) {
            check_volumes(set, *manifest);
        }
        check_signatures(set);
    }

    void check_volumes(const chain::BackupSet& set, manifest::Manifest& manifest)
    {
        std::uint32_t expected = 1;
        for (auto& volume : manifest.volumes) {
            for (; expected < volume.number; ++expected) {
                fault(set, *set.manifest, fmt::format("it says nothing of volume {}", expected));
            }
            ++expected;
            const auto found = set.volumes.find(volume.number);
            if (found == set.volumes.end()) {
                fault(set, fmt::format("volume {}", volume.number), "it is missing on the target");
                continue;
            }
            check_volume(set, found->second, volume);
        }
        for (const auto& [number, name] : set.volumes) {
            if (number >= expected) {
                monitor_.note(name + " is in no manifest and is passed over");
            }
        }
        if (manifest.volumes.empty()) {
            fault(set, *set.manifest, "it lists no volume");
        }
    }

    void check_volume(const chain::BackupSet& set, const std::string& name,
                      manifest::Volume& volume)
    {
        const auto bytes = bytes_of(name);
        const bool is_known = bytes != remote::unknown_bytes;
        if (bytes == 0) {
            fault(set, name, "it is empty");
            return;
        }
        if (is_known && !volume.chunks.empty() && !check_chunks(set, name, volume, bytes)) {
            return;
        }
        result_.parts.push_back({&set, name, is_known ? bytes : 0, std::move(volume)});
    }

    bool check_chunks(const chain::BackupSet& set, const std::string& name,
                      const manifest::Volume& volume, std::uint64_t bytes)
    {
        try {
            const auto index = manifest::parse_chunk_index(volume.chunks);
            auto end = index.first_offset;
            for (const auto& chunk : index.chunks) {
                end += chunk.stored_bytes;
            }
            if (bytes >= end && bytes - end <= gzip_end_bytes_max) {
                return true;
            }
            fault(set, name, fmt::format("it has {} bytes, and its chunks end at {}", bytes, end));
        } catch (const Error& error) {
            fault(set, *set.manifest, error.what());
        }
        return false;
    }

    void check_signatures(const chain::BackupSet& set)
    {
        const auto found = find_stored_signatures(listing_.collection, set.id);
        if (!found) {
            fault(set, fmt::format("the signatures of {}", spoken_name_of(set.id)),
                  "they are missing on the target", false);
            return;
        }
        const auto bytes = bytes_of(found->name);
        if (bytes == 0) {
            fault(set, found->name, "it is empty", false);
            return;
        }
        result_.parts.push_back(
            {&set, found->name, bytes == remote::unknown_bytes ? 0 : bytes, {}});
    }

    Archive& archive_;
    const Listing& listing_;
    Monitor& monitor_;
    const std::stop_token& stop_;
    Structure result_;
};

}  // namespace

Structure check_structure(Archive& archive, const Listing& listing, Monitor& monitor,
                          const std::stop_token& stop)
{
    return StructureCheck{archive, listing, monitor, stop}.run();
}

}  // namespace duplid::operation
