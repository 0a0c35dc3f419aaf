#include "engine/operation/question/changes.hpp"

#include "engine/chain/choice.hpp"
#include "engine/manifest/reader.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/index/file_index.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <unistd.h>

namespace duplid::operation {

namespace {

using OnChange = std::function<void(manifest::FileChange&&)>;

/// Ends the reading of a list of which no more is wanted.
struct Enough {};

/// Whether the cache has the manifest in a state that can be read.
bool is_cached(const std::string& path)
{
    if (::access(path.c_str(), R_OK) != 0) {
        return false;
    }
    try {
        io::FileSource source{path};
        static_cast<void>(manifest::parse(source, {}));
        return true;
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::corrupt || error.kind() == Error::Kind::not_found) {
            return false;
        }
        throw;
    }
}

void read_changes(Archive& archive, const chain::BackupSet& set, const OnChange& on_change)
{
    const auto path = archive.directory.path_of(cached_manifest_name(archive, set.id));
    if (is_cached(path)) {
        io::FileSource source{path};
        static_cast<void>(manifest::parse(source, on_change));
        return;
    }
    const auto& name = set.manifest.value();
    const auto content = open_from_target(archive, name);
    try {
        static_cast<void>(manifest::parse(*content, on_change));
    } catch (const Error& error) {
        throw error.with_context("reading the manifest " + name);
    }
}

void check_stop(const std::stop_token& stop)
{
    if (stop.stop_requested()) {
        throw Error{Error::Kind::cancelled, "reading manifests was stopped on request"};
    }
}

}  // namespace

void changes_of_file(Archive& archive, const std::string& path, const std::stop_token& stop,
                     const std::function<bool(const ListedChange&)>& take)
{
    const auto key = naming::key_of_path(path, Error::Kind::invalid);
    const auto listing = list_archive(archive);
    for (const auto& set : wanted_chain(archive, listing, std::nullopt).sets) {
        check_stop(stop);
        std::optional<manifest::FileChange::Action> action;
        read_changes(archive, set, [&](manifest::FileChange&& change) {
            if (change.key == key) {
                action = change.action;
            }
        });
        if (action && !take({set.id, *action, naming::path_of_key(key)})) {
            return;
        }
    }
}

naming::SetId changes_in_set(Archive& archive, std::uint64_t number, const std::stop_token& stop,
                             const std::function<bool(const ListedChange&)>& take)
{
    const auto listing = list_archive(archive);
    const auto& sets = wanted_chain(archive, listing, std::nullopt).sets;
    if (number >= sets.size()) {
        throw Error{Error::Kind::invalid,
                    "the newest chain has no such set: it has " + std::to_string(sets.size()),
                    std::to_string(number), "0 is the newest set, 1 the one before"};
    }
    const auto& set = sets[sets.size() - 1 - static_cast<std::size_t>(number)];
    try {
        read_changes(archive, set, [&](manifest::FileChange&& change) {
            check_stop(stop);
            if (!take({set.id, change.action, naming::path_of_key(change.key)})) {
                throw Enough{};
            }
        });
    } catch (const Enough&) {
        // Nobody listens any more.
    }
    return set.id;
}

}  // namespace duplid::operation
