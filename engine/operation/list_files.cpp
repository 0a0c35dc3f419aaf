#include "engine/operation/list_files.hpp"

#include "engine/chain/choice.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive_files.hpp"
#include "engine/operation/chain_state.hpp"
#include "engine/operation/metadata.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <queue>
#include <span>
#include <utility>
#include <vector>

namespace duplid::operation {

namespace {

using Take = std::function<bool(const ListedFile&)>;

char letter_of(tar::Type type) noexcept
{
    switch (type) {
    case tar::Type::regular:
    case tar::Type::hard_link:
        return 'f';
    case tar::Type::directory:
        return 'd';
    case tar::Type::symlink:
        return 'l';
    case tar::Type::fifo:
        return 'p';
    case tar::Type::character:
        return 'c';
    case tar::Type::block:
        return 'b';
    }
    return 'f';
}

void put_file(const cache::StateRow& row, ListedFile& file)
{
    file.path = naming::path_of_key(row.key);
    file.type = letter_of(tar_type_of_row(row.type));
    file.mode = row.mode;
    file.uid = row.uid;
    file.gid = row.gid;
    file.mtime = row.mtime;
    file.link = row.link;
    file.bytes = file.type == 'f' && (row.known & cache::StateRow::knows_size) != 0
                     ? std::optional{row.size}
                     : std::nullopt;
}

/// A set's signatures, one entry at a time.
class SignatureStream {
public:
    SignatureStream(Archive& archive, const chain::FoundSignatures& file)
        : source_{open_signatures(archive, file)}, reader_{*source_}
    {
    }

    bool next()
    {
        if (!reader_.next(header_)) {
            return false;
        }
        member_ = volume::member_of(header_);
        return true;
    }
    [[nodiscard]] const volume::Member& member() const noexcept { return member_; }
    [[nodiscard]] const tar::Header& header() const noexcept { return header_; }

private:
    std::unique_ptr<io::Source> source_;
    tar::Reader reader_;
    tar::Header header_;
    volume::Member member_;
};

const std::string* find_signatures(const chain::Signatures& signatures, const naming::SetId& id)
{
    for (const auto& chain : signatures.chains) {
        for (const auto& file : chain.files) {
            if (file.id == id) {
                return &file.name;
            }
        }
    }
    for (const auto& file : signatures.orphaned) {
        if (file.id == id) {
            return &file.name;
        }
    }
    return nullptr;
}

std::vector<chain::FoundSignatures> signatures_of(const chain::Collection& collection,
                                                  std::span<const chain::BackupSet> sets)
{
    std::vector<chain::FoundSignatures> found;
    for (const auto& set : sets) {
        if (const auto* cached = find_signatures(collection.cached_signatures, set.id)) {
            found.push_back({set.id, *cached, true});
        } else if (const auto* stored = find_signatures(collection.signatures, set.id)) {
            found.push_back({set.id, *stored, false});
        } else {
            throw Error{Error::Kind::not_found,
                        "the signatures of the set " + spoken_name_of(set.id) +
                            " are missing, so its files cannot be listed",
                        spoken_name_of(set.id), "a restore still works; it needs no signatures"};
        }
    }
    return found;
}

/// Merges signatures of several sets: for each path the newest entry counts.
void list_merged(Archive& archive, const std::vector<chain::FoundSignatures>& files,
                 const std::string& wanted, const std::stop_token& stop, const Take& take)
{
    std::vector<std::unique_ptr<SignatureStream>> streams;
    const auto later = [&](std::size_t a, std::size_t b) {
        const int order = streams[a]->member().key.compare(streams[b]->member().key);
        return order != 0 ? order > 0 : a < b;  // of one path the newest set comes first
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue{later};
    for (const auto& file : files) {
        streams.push_back(std::make_unique<SignatureStream>(archive, file));
        if (streams.back()->next()) {
            queue.push(streams.size() - 1);
        }
    }
    Owners owners;
    cache::StateRow row;
    ListedFile listed;
    std::optional<std::string> last;
    while (!queue.empty() && !stop.stop_requested()) {
        const auto i = queue.top();
        queue.pop();
        const auto& member = streams[i]->member();
        if (!last || *last != member.key) {
            last = member.key;
            if (member.kind != volume::MemberKind::deleted &&
                naming::is_at_or_below(member.key, wanted)) {
                put_row(streams[i]->header(), member.key, owners, true, row);
                put_file(row, listed);
                if (!take(listed)) {
                    return;
                }
            }
        }
        if (streams[i]->next()) {
            queue.push(i);
        }
    }
}

void list_catalog(cache::Catalog& catalog, const std::string& wanted, const std::stop_token& stop,
                  const Take& take)
{
    auto cursor = catalog.scan(wanted);
    cache::StateRow row;
    ListedFile listed;
    while (!stop.stop_requested() && cursor.next(row) && naming::is_at_or_below(row.key, wanted)) {
        put_file(row, listed);
        if (!take(listed)) {
            return;
        }
    }
}

}  // namespace

naming::SetId list_files(Archive& archive, const ListRequest& request, Monitor& monitor,
                         std::stop_token stop, const std::function<bool(const ListedFile&)>& take)
{
    const auto wanted = naming::key_of_path(request.path, Error::Kind::invalid);
    const auto listing = list_archive(archive);
    const auto& collection = listing.collection;
    const auto* chain =
        request.time ? chain::chain_at(collection, *request.time) : chain::newest_chain(collection);
    if (chain == nullptr) {
        throw Error{Error::Kind::not_found, "there is no backup on this target",
                    archive.target.description(),
                    "collection-status shows what is there, also interrupted runs"};
    }
    const auto sets =
        chain::sets_at(*chain, request.time.value_or(std::numeric_limits<std::int64_t>::max()));
    // The catalog has the newest state at hand; anything else is merged from the sigtars.
    auto active = chain::active_signatures(collection);
    if (active && active->chain == chain && active->files.size() == sets.size()) {
        const auto catalog = cache::Catalog::open(archive.directory.path());
        bring_up_to_date(archive, *catalog, *active, monitor, stop);
        list_catalog(*catalog, wanted, stop, take);
    } else {
        list_merged(archive, signatures_of(collection, sets), wanted, stop, take);
    }
    return sets.back().id;
}

}  // namespace duplid::operation
