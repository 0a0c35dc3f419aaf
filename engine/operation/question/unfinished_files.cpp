#include "engine/operation/question/unfinished_files.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/operation/index/index_rows.hpp"
#include "engine/operation/state/signature_pass.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <optional>

namespace duplid::operation {

namespace {

/// Records of volumes only: some kilobytes each.
constexpr std::size_t manifest_bytes_max = std::size_t{1} << 30U;

/// Ends the reading of signatures of which no more is wanted.
struct Enough {};

/// The last object in the acknowledged volumes; nothing: there is no volume.
std::optional<manifest::Bound> last_of(const Archive& archive, const chain::BackupSet& set)
{
    const auto path = archive.directory.path_of(set.cached_partial_manifest.value());
    const auto bytes = io::read_file(path, manifest_bytes_max);
    const auto manifest = manifest::parse_unfinished(bytes);
    return manifest.volumes.empty() ? std::nullopt : std::optional{manifest.volumes.back().last};
}

}  // namespace

const chain::BackupSet* unfinished_full_set(const Listing& listing)
{
    const chain::BackupSet* newest = nullptr;
    for (const auto& set : listing.collection.partial) {
        if (set.id.full && set.cached_partial_manifest && set.cached_partial_signatures &&
            (newest == nullptr || newest->id.end < set.id.end)) {
            newest = &set;
        }
    }
    return newest;
}

void each_unfinished_file(Archive& archive, const chain::BackupSet& set,
                          const std::stop_token& stop,
                          const std::function<bool(const cache::FileRow&)>& take)
{
    const auto last = last_of(archive, set);
    if (!last) {
        return;
    }
    // Signatures may be ahead of the volumes, and of a file that goes on in the next volume they
    // tell nothing that holds.
    const auto is_stored = [&](const std::string& key) {
        return key < last->key || (key == last->key && !last->block);
    };
    RowMaker maker;
    cache::FileRow row;
    io::FileSource raw{archive.directory.path_of(set.cached_partial_signatures.value())};
    try {
        read_signatures(
            raw,
            [&](const volume::Member& member, const tar::Header& header, tar::Reader& content) {
                if (!is_stored(member.key)) {
                    throw Enough{};
                }
                maker.make(member, header, content, row);
                if (!take(row)) {
                    throw Enough{};
                }
            },
            stop);
    } catch (const Enough&) {
        // Nobody listens any more.
    } catch (const Error& error) {
        // What was stored last may not have come to disk when the machine went down.
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
    }
}

}  // namespace duplid::operation
