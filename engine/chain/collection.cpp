#include "engine/chain/collection.hpp"

#include "engine/chain/links.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace duplid::chain {

namespace {

using naming::FileKind;
using naming::SetId;
using naming::Wrapping;

struct File {
    std::string name{};
    Wrapping wrapping = Wrapping::plain;
};

/// All files of a set before it is decided which of several equals count.
struct Draft {
    std::map<std::uint32_t, std::vector<File>> volumes{};
    std::vector<File> manifests{};
    std::vector<std::string> extras{};
    std::optional<std::string> cached_manifest{};
    std::optional<std::string> cached_partial_manifest{};
    std::optional<std::string> cached_partial_signatures{};
};

/// Encrypted files before others: whoever can add a file to a target must not thereby make us
/// believe it. Then the shorter name, which is the one without zeros or words added.
auto preference(const File& file, Wrapping preferred)
{
    return std::tuple{file.wrapping != preferred, file.wrapping != Wrapping::gpg,
                      file.wrapping != Wrapping::gzip, file.name.size(), file.name};
}

/// Takes the file that counts out of several that say the same; the others go to `duplicates`.
std::string choose(std::vector<File> files, Wrapping preferred,
                   std::vector<std::string>& duplicates)
{
    std::sort(files.begin(), files.end(), [preferred](const File& a, const File& b) {
        return preference(a, preferred) < preference(b, preferred);
    });
    for (auto other = files.begin() + 1; other != files.end(); ++other) {
        duplicates.push_back(std::move(other->name));
    }
    return std::move(files.front().name);
}

/// How a set's volumes are wrapped: as most of those that exist only once; without any such, as
/// the manifest suggests, which is encrypted if and only if the volumes are.
Wrapping wrapping_of(const Draft& draft)
{
    constexpr std::array by_preference{Wrapping::gpg, Wrapping::gzip, Wrapping::plain};
    std::map<Wrapping, std::size_t> votes;
    for (const auto& [number, files] : draft.volumes) {
        if (files.size() == 1) {
            ++votes[files.front().wrapping];
        }
    }
    if (!votes.empty()) {
        return *std::max_element(by_preference.begin(), by_preference.end(),
                                 [&votes](Wrapping a, Wrapping b) { return votes[a] < votes[b]; });
    }
    const auto& manifests = draft.manifests;
    const bool has_encrypted = std::any_of(manifests.begin(), manifests.end(), [](const File& f) {
        return f.wrapping == Wrapping::gpg;
    });
    if (manifests.empty() || has_encrypted) {
        return Wrapping::gpg;
    }
    return draft.volumes.empty() ? manifests.front().wrapping : Wrapping::gzip;
}

BackupSet finish(const SetId& id, Draft draft)
{
    BackupSet set{.id = id, .wrapping = wrapping_of(draft)};
    for (auto& [number, files] : draft.volumes) {
        set.volumes.emplace(number, choose(std::move(files), set.wrapping, set.duplicates));
    }
    if (!draft.manifests.empty()) {
        const bool is_encrypted = set.wrapping == Wrapping::gpg;
        set.manifest = choose(std::move(draft.manifests),
                              is_encrypted ? Wrapping::gpg : Wrapping::plain, set.duplicates);
    }
    set.extras = std::move(draft.extras);
    set.cached_manifest = std::move(draft.cached_manifest);
    if (!set.manifest && draft.cached_partial_manifest) {
        set.partial = true;
        set.cached_partial_manifest = std::move(draft.cached_partial_manifest);
        set.cached_partial_signatures = std::move(draft.cached_partial_signatures);
    }
    return set;
}

std::vector<std::string> sorted_unique(std::span<const std::string> names)
{
    std::vector<std::string> result{names.begin(), names.end()};
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

/// Goes through both listings and gathers files by set; link() then makes the collection.
class Collector {
public:
    explicit Collector(const naming::Prefixes& prefixes) : prefixes_{prefixes} {}

    void add_target(std::string name);
    void add_cached(std::string name);
    [[nodiscard]] Collection link();

private:
    using SignatureFiles = std::map<SetId, std::vector<File>>;

    void add_statistics();
    void drop_cached_leftovers();
    [[nodiscard]] Signatures link_signature_files(SignatureFiles files, bool cached) const;

    const naming::Prefixes& prefixes_;
    Collection collection_{};
    std::map<SetId, Draft> drafts_{};
    SignatureFiles signatures_{};
    SignatureFiles cached_signatures_{};
    std::vector<std::pair<SetId, std::string>> statistics_{};
    std::set<SetId> live_{};
    std::map<SetId, Wrapping> wrappings_{};
};

void Collector::add_target(std::string file_name)
{
    const auto name = naming::parse(file_name, prefixes_);
    if (!name) {
        if (const auto set = naming::set_of_statistics(file_name, prefixes_)) {
            statistics_.emplace_back(*set, std::move(file_name));
        } else if (naming::has_our_head(file_name, prefixes_)) {
            collection_.ignored.push_back(std::move(file_name));
        }
        return;
    }
    File file{std::move(file_name), name->wrapping};
    switch (name->kind) {
    case FileKind::volume:
        drafts_[name->set].volumes[name->volume].push_back(std::move(file));
        break;
    case FileKind::manifest:
        // 0.8.22 writes no partial names on targets; where an old release did, it did not finish.
        if (name->partial) {
            drafts_[name->set].extras.push_back(std::move(file.name));
        } else {
            drafts_[name->set].manifests.push_back(std::move(file));
        }
        break;
    case FileKind::signatures:
        if (name->partial) {
            collection_.ignored.push_back(std::move(file.name));
        } else {
            signatures_[name->set].push_back(std::move(file));
        }
        break;
    }
}

void Collector::add_cached(std::string file_name)
{
    const auto name = naming::parse(file_name, prefixes_);
    if (!name || name->kind == FileKind::volume) {
        return;
    }
    // The cache's own files are never encrypted, and its manifests never compressed: such names
    // are copies on their way to the target, left behind by a crash (archive-format.md 2).
    const bool is_manifest = name->kind == FileKind::manifest;
    if (name->wrapping == Wrapping::gpg || (is_manifest && name->wrapping != Wrapping::plain)) {
        collection_.cache_leftovers.push_back(std::move(file_name));
    } else if (is_manifest) {
        Draft& draft = drafts_[name->set];
        (name->partial ? draft.cached_partial_manifest : draft.cached_manifest) =
            std::move(file_name);
    } else if (name->partial) {
        drafts_[name->set].cached_partial_signatures = std::move(file_name);
    } else {
        cached_signatures_[name->set].push_back({std::move(file_name), name->wrapping});
    }
}

void Collector::add_statistics()
{
    for (auto& [id, name] : statistics_) {
        const auto draft = drafts_.find(id);
        if (draft == drafts_.end()) {
            collection_.ignored.push_back(std::move(name));
        } else {
            draft->second.extras.push_back(std::move(name));
        }
    }
}

/// Takes what the cache has beside, or without, a set of the target.
void Collector::drop_cached_leftovers()
{
    const auto drop = [this](std::optional<std::string>& name) {
        if (name) {
            collection_.cache_leftovers.push_back(std::move(*name));
            name.reset();
        }
    };
    for (auto entry = drafts_.begin(); entry != drafts_.end();) {
        Draft& draft = entry->second;
        if (!draft.manifests.empty()) {
            // The run ended between uploading the manifest and tidying up; the set is whole.
            drop(draft.cached_partial_manifest);
        }
        if (!draft.cached_partial_manifest) {
            drop(draft.cached_partial_signatures);
        }
        const bool is_on_target =
            !draft.manifests.empty() || !draft.volumes.empty() || !draft.extras.empty();
        if (is_on_target || draft.cached_partial_manifest) {
            ++entry;
        } else {
            drop(draft.cached_manifest);
            entry = drafts_.erase(entry);
        }
    }
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): its parts are moved away
Signatures Collector::link_signature_files(SignatureFiles files, bool cached) const
{
    std::vector<SignatureFile> chosen;
    for (auto& [id, candidates] : files) {
        const auto set = wrappings_.find(id);
        const Wrapping preferred =
            cached ? Wrapping::gzip : (set == wrappings_.end() ? Wrapping::gpg : set->second);
        SignatureFile file{.id = id};
        file.name = choose(std::move(candidates), preferred, file.duplicates);
        chosen.push_back(std::move(file));
    }
    return link_signatures(std::move(chosen), live_);
}

Collection Collector::link()
{
    drop_cached_leftovers();
    add_statistics();
    std::vector<BackupSet> complete;
    for (auto& [id, draft] : drafts_) {
        BackupSet set = finish(id, std::move(draft));
        wrappings_.emplace(id, set.wrapping);
        if (set.manifest) {
            complete.push_back(std::move(set));
        } else {
            (set.partial ? collection_.partial : collection_.incomplete).push_back(std::move(set));
        }
    }
    link_sets(std::move(complete), collection_);
    for (const Chain& chain : collection_.chains) {
        for (const BackupSet& set : chain.sets) {
            live_.insert(set.id);
        }
    }
    collection_.signatures = link_signature_files(std::move(signatures_), false);
    collection_.cached_signatures = link_signature_files(std::move(cached_signatures_), true);
    std::sort(collection_.ignored.begin(), collection_.ignored.end());
    std::sort(collection_.cache_leftovers.begin(), collection_.cache_leftovers.end());
    return std::move(collection_);
}

}  // namespace

Collection collect(std::span<const std::string> target_names,
                   std::span<const std::string> cache_names, const naming::Prefixes& prefixes)
{
    Collector collector{prefixes};
    for (std::string& name : sorted_unique(target_names)) {
        collector.add_target(std::move(name));
    }
    for (std::string& name : sorted_unique(cache_names)) {
        collector.add_cached(std::move(name));
    }
    return collector.link();
}

}  // namespace duplid::chain
