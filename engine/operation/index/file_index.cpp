#include "engine/operation/index/file_index.hpp"

#include "engine/operation/archive/hex.hpp"
#include "engine/operation/index/signature_digest.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/operation/object/records.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/cache/file_lock.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t sha256_bytes = 32;

/// A set's signatures, wherever they are.
struct Signatures {
    naming::SetId id;
    std::optional<std::string> cached;
    std::optional<std::string> stored;
    std::string stamp;
};

using SignaturesById = std::map<naming::SetId, Signatures>;

void note_files(const chain::Signatures& signatures, bool cached, SignaturesById& found)
{
    const auto note = [&](const chain::SignatureFile& file) {
        auto& entry = found[file.id];
        entry.id = file.id;
        (cached ? entry.cached : entry.stored) = file.name;
    };
    for (const auto& chain : signatures.chains) {
        std::for_each(chain.files.begin(), chain.files.end(), note);
    }
    std::for_each(signatures.orphaned.begin(), signatures.orphaned.end(), note);
}

SignaturesById signatures_in(const Listing& listing)
{
    SignaturesById found;
    note_files(listing.collection.cached_signatures, true, found);
    note_files(listing.collection.signatures, false, found);
    for (auto& [id, entry] : found) {
        // Of two sets that were made in the same second the size on the target tells which it is.
        const auto bytes =
            entry.stored ? listing.bytes_of.find(*entry.stored) : listing.bytes_of.end();
        if (bytes != listing.bytes_of.end() && bytes->second != remote::unknown_bytes) {
            entry.stamp = fmt::format("{}", bytes->second);
        }
    }
    return found;
}

/// The signatures of a chain's sets, up to the first set that has none.
std::vector<const Signatures*> signatures_of(const chain::Chain& chain, const SignaturesById& all)
{
    std::vector<const Signatures*> files;
    for (const auto& set : chain.sets) {
        const auto found = all.find(set.id);
        if (found == all.end()) {
            break;
        }
        files.push_back(&found->second);
    }
    return files;
}

std::string name_of_chain(const chain::Chain& chain)
{
    return catalog_name_of(chain.sets.front().id);
}

bool is_same(const cache::IndexedSet& applied, const Signatures& file)
{
    return applied.name == catalog_name_of(file.id) &&
           (applied.stamp.empty() || file.stamp.empty() || applied.stamp == file.stamp);
}

/// How many sets of `files` the index has; nothing if it has any other in their chain.
std::optional<std::size_t> sets_known(const std::vector<cache::IndexedSet>& applied,
                                      const std::vector<const Signatures*>& files)
{
    if (applied.size() > files.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < applied.size(); ++i) {
        if (!is_same(applied[i], *files[i])) {
            return std::nullopt;
        }
    }
    return applied.size();
}

/// Turns the entries of a sigtar into rows.
class RowMaker {
public:
    explicit RowMaker(tar::Reader& reader) : reader_{reader} {}

    void make(const tar::Header& header, const volume::Member& member, cache::FileRow& row)
    {
        put_row(header, member.key, owners_, false, state_);
        row.key.swap(state_.key);
        row.type = state_.type;
        row.mode = state_.mode;
        row.uid = state_.uid;
        row.gid = state_.gid;
        row.mtime = state_.mtime;
        row.link.swap(state_.link);
        row.rdev_major = state_.rdev_major;
        row.rdev_minor = state_.rdev_minor;
        row.size.reset();
        row.mtime_ns.reset();
        if ((state_.known & cache::StateRow::knows_size) != 0) {
            row.size = state_.size;
        }
        if ((state_.known & cache::StateRow::knows_mtime_ns) != 0) {
            row.mtime_ns = state_.mtime_ns;
        }
        row.sha256.clear();
        if (const auto* sha256 = record::find(header, record::sha256)) {
            row.sha256 = bytes_of_hex(*sha256);
            if (row.sha256.size() != sha256_bytes) {
                row.sha256.clear();  // no record of ours after all
            }
        }
        row.block_bytes = 0;
        row.content = 0;
        if (member.kind == volume::MemberKind::signature) {
            read_signature(row);
        }
    }

private:
    /// The head of a signature is magic, block length and sum length, four bytes each, big-endian
    /// (archive-format.md 5.2).
    void read_signature(cache::FileRow& row)
    {
        SignatureDigest digest;
        bool first = true;
        while (const auto got = reader_.read(buffer_)) {
            const io::ByteView bytes{buffer_.data(), got};
            digest.add(bytes);
            if (first && got >= 8) {
                row.block_bytes = 0;
                for (std::size_t i = 4; i < 8; ++i) {
                    row.block_bytes = row.block_bytes << 8U | static_cast<std::uint32_t>(bytes[i]);
                }
            }
            first = false;
        }
        row.content = digest.value();
    }

    tar::Reader& reader_;
    Owners owners_;
    cache::StateRow state_;
    std::array<std::byte, std::size_t{16} << 10U> buffer_{};
};

void read_set(io::Source& source, cache::FileIndex& index, const std::stop_token& stop)
{
    tar::Reader reader{source};
    tar::Header header;
    RowMaker maker{reader};
    cache::FileRow row;
    while (reader.next(header)) {
        if (stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "reading signatures was stopped on request"};
        }
        const auto member = volume::member_of(header);
        if (member.kind != volume::MemberKind::deleted) {
            maker.make(header, member, row);
            index.put(row);
        } else if (!member.key.empty()) {  // archive-format.md 5.5: of the root it is ignored
            index.remove(member.key);
        }
    }
    // The end of what is encrypted or compressed is checked only when it is reached.
    io::Bytes rest(std::size_t{64} << 10U);
    while (source.read(rest) > 0) {
    }
}

void apply_from(Archive& archive, cache::FileIndex& index, std::int64_t chain,
                const chain::FoundSignatures& file, const std::string& stamp,
                const std::stop_token& stop)
{
    index.begin_set(chain);
    try {
        read_set(*open_signatures(archive, file), index, stop);
        index.commit_set({catalog_name_of(file.id), stamp});
    } catch (...) {
        index.abandon_set();
        throw;
    }
}

void apply(Archive& archive, cache::FileIndex& index, std::int64_t chain, const Signatures& file,
           Monitor& monitor, const std::stop_token& stop)
{
    if (file.cached) {
        try {
            apply_from(archive, index, chain, {file.id, *file.cached, true}, file.stamp, stop);
            return;
        } catch (const Error& error) {
            // A copy that is damaged, or that somebody cleans away just now, is no loss: the target
            // has the original.
            const bool other_copy =
                error.kind() == Error::Kind::corrupt || error.kind() == Error::Kind::not_found;
            if (!other_copy || !file.stored || is_damaged_index(archive, error)) {
                throw error.with_context("reading signatures " + *file.cached);
            }
            monitor.note(
                fmt::format("{} in the cache cannot be used: {}", *file.cached, error.what()));
        }
    }
    try {
        apply_from(archive, index, chain, {file.id, *file.stored, false}, file.stamp, stop);
    } catch (const Error& error) {
        throw error.with_context("reading signatures " + *file.stored);
    }
}

/// The chains in the index that the archive has no more.
std::vector<std::int64_t> gone_chains(cache::FileIndex& index, const Listing& listing)
{
    const auto& chains = listing.collection.chains;
    std::vector<std::int64_t> gone;
    for (const auto& one : index.chains()) {
        if (std::none_of(chains.begin(), chains.end(), [&](const chain::Chain& chain) {
                return name_of_chain(chain) == one.name;
            })) {
            gone.push_back(one.id);
        }
    }
    return gone;
}

/// The chains as they are in the index, or nothing if it does not reflect all they have.
std::optional<std::vector<IndexedChain>> look_up(cache::FileIndex& index,
                                                 std::span<const chain::Chain* const> chains,
                                                 const SignaturesById& signatures)
{
    std::vector<IndexedChain> found;
    const auto known = index.chains();
    for (const auto* chain : chains) {
        const auto one = std::find_if(known.begin(), known.end(), [&](const auto& candidate) {
            return candidate.name == name_of_chain(*chain);
        });
        const auto files = signatures_of(*chain, signatures);
        if (one == known.end() || sets_known(index.applied(one->id), files) != files.size()) {
            return std::nullopt;
        }
        found.push_back({chain, one->id, files.size()});
    }
    return found;
}

void fill(Archive& archive, cache::FileIndex& index, const chain::Chain& chain,
          const SignaturesById& signatures, Monitor& monitor, const std::stop_token& stop)
{
    const auto files = signatures_of(chain, signatures);
    auto id = index.chain_named(name_of_chain(chain));
    auto known = sets_known(index.applied(id), files);
    if (!known) {
        index.drop_chain(id);
        id = index.chain_named(name_of_chain(chain));
        known = 0;
    }
    for (auto i = *known; i < files.size(); ++i) {
        apply(archive, index, id, *files[i], monitor, stop);
    }
}

ReadyIndex ready(Archive& archive, const Listing& listing,
                 std::span<const chain::Chain* const> chains, Monitor& monitor,
                 const std::stop_token& stop)
{
    const auto& directory = archive.directory.path();
    const auto signatures = signatures_in(listing);
    ReadyIndex ready;
    ready.index = cache::FileIndex::open(directory);
    ready.index->hold_still();
    if (auto found = look_up(*ready.index, chains, signatures);
        found && gone_chains(*ready.index, listing).empty()) {
        ready.chains = std::move(*found);
        return ready;
    }
    monitor.phase(Phase::reading_catalog);
    // Let go while waiting: whoever has the lock may find the index damaged and put it aside.
    ready.index.reset();
    const auto lock = cache::FileLock::take_when_free(cache::FileIndex::lock_path(directory), stop);
    ready.index = cache::FileIndex::open(directory);
    for (const auto gone : gone_chains(*ready.index, listing)) {
        ready.index->drop_chain(gone);
    }
    for (const auto* chain : chains) {
        fill(archive, *ready.index, *chain, signatures, monitor, stop);
    }
    ready.index->hold_still();
    auto found = look_up(*ready.index, chains, signatures);
    if (!found) {
        throw Error{Error::Kind::internal, "the index of files is not what was written to it",
                    directory};
    }
    ready.chains = std::move(*found);
    return ready;
}

}  // namespace

ReadyIndex ready_index(Archive& archive, const Listing& listing,
                       std::span<const chain::Chain* const> chains, Monitor& monitor,
                       const std::stop_token& stop)
{
    return with_index(
        archive, [&] { return ready(archive, listing, chains, monitor, stop); },
        [] { return true; });
}

bool is_damaged_index(const Archive& archive, const Error& error)
{
    return error.kind() == Error::Kind::corrupt &&
           error.object().starts_with(archive.directory.path() + "/files.db");
}

const chain::Chain& wanted_chain(const Archive& archive, const Listing& listing,
                                 std::optional<std::int64_t> time)
{
    const auto& collection = listing.collection;
    const auto* chain = time ? chain::chain_at(collection, *time) : chain::newest_chain(collection);
    if (chain == nullptr) {
        throw Error{Error::Kind::not_found, "there is no backup on this target",
                    archive.target.description(),
                    "collection-status shows what is there, also interrupted runs"};
    }
    return *chain;
}

std::int32_t position_at(const IndexedChain& chain, std::optional<std::int64_t> time)
{
    const auto sets =
        chain::sets_at(*chain.chain, time.value_or(std::numeric_limits<std::int64_t>::max()));
    if (sets.size() > chain.sets) {
        const auto missing = spoken_name_of(chain.chain->sets[chain.sets].id);
        throw Error{Error::Kind::not_found,
                    "the signatures of the set " + missing +
                        " are missing, so its files cannot be listed",
                    missing, "a restore still works; it needs no signatures"};
    }
    return static_cast<std::int32_t>(sets.size()) - 1;
}

}  // namespace duplid::operation
