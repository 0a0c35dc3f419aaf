#include "engine/operation/state/chain_state.hpp"

#include "engine/codec/inflate.hpp"
#include "engine/naming/time.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/open_ahead.hpp"
#include "engine/volume/opened_file.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::operation {

namespace {

/// Signatures of one file beyond this are not loaded: the file is stored whole instead.
constexpr std::uint64_t signature_bytes_max = std::uint64_t{1} << 30U;

/// The identity of a set: the digest of its manifest in the cache, if there is one.
std::string manifest_digest(const Archive& archive, const naming::SetId& set)
{
    const auto path = archive.directory.path_of(cached_manifest_name(archive, set));
    if (::access(path.c_str(), F_OK) != 0) {
        return {};
    }
    // In pieces: it may list every file there is.
    return volume::sha1_of(io::open_file(path, O_RDONLY).get(), path);
}

bool is_same(const cache::AppliedSet& applied, const std::string& name, const std::string& digest)
{
    return applied.set_name == name &&
           (digest.empty() || applied.manifest_sha1.empty() || applied.manifest_sha1 == digest);
}

/// How many sets at the beginning of `signatures` the catalog reflects; nothing when it reflects
/// any other.
std::optional<std::size_t> sets_known(const Archive& archive, cache::Catalog& catalog,
                                      const chain::ActiveSignatures& signatures)
{
    const auto applied = catalog.applied();
    if (applied.size() > signatures.files.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const auto& id = signatures.files[i].id;
        // Only the last one's manifest is read: a chain of a thousand sets is named by its end.
        const auto digest = i + 1 == applied.size() ? manifest_digest(archive, id) : std::string{};
        if (!is_same(applied[i], catalog_name_of(id), digest)) {
            return std::nullopt;
        }
    }
    return applied.size();
}

}  // namespace

std::string catalog_name_of(const naming::SetId& set)
{
    return set.full ? "full." + naming::print_time(set.end)
                    : fmt::format("inc.{}.to.{}", naming::print_time(set.start),
                                  naming::print_time(set.end));
}

std::unique_ptr<io::Source> open_signatures(Archive& archive, const chain::FoundSignatures& file)
{
    if (!file.cached) {
        return open_from_target(archive, file.name);
    }
    const auto parsed = naming::parse(file.name, archive.settings.names.prefixes);
    const auto path = archive.directory.path_of(file.name);
    return volume::open_file(io::open_file(path, O_RDONLY), path,
                             packing_of(parsed.value().wrapping),
                             open_options_of(archive.settings));
}

cache::AppliedSet applied_set_of(const Archive& archive, const naming::SetId& set)
{
    return {catalog_name_of(set), manifest_digest(archive, set)};
}

CatalogUpdate::CatalogUpdate(Archive& archive, cache::Catalog& catalog,
                             const chain::ActiveSignatures& signatures, Monitor& monitor)
    : archive_{archive}, catalog_{catalog}, signatures_{signatures}, monitor_{monitor}
{
    const auto known = sets_known(archive, catalog, signatures);
    if (!known) {
        monitor.note("the catalog is of another chain and is made anew from the signatures");
        catalog.reset();
    }
    next_ = known.value_or(0);
}

std::optional<std::string> CatalogUpdate::original_of(const naming::SetId& set)
{
    const auto listing = list_archive(archive_);
    for (const auto& chain : listing.collection.signatures.chains) {
        for (const auto& one : chain.files) {
            if (one.id == set) {
                return one.name;
            }
        }
    }
    return std::nullopt;
}

void CatalogUpdate::apply(std::unique_ptr<io::Source> content, SetListener* listener,
                          const std::stop_token& stop)
{
    const auto& file = signatures_.files.at(next_);
    const PassFor who{&catalog_, listener};
    try {
        if (!content) {
            content = open_signatures(archive_, file);
        }
        pass_signatures(archive_, file.id, *content, who, stop);
    } catch (const Error& error) {
        // A damaged copy in the cache is no loss: the target has the original.
        const bool may_have_original = file.cached && error.kind() == Error::Kind::corrupt;
        const auto original = may_have_original ? original_of(file.id) : std::nullopt;
        if (!original) {
            throw error.with_context("reading signatures " + file.name);
        }
        monitor_.note(fmt::format("{} in the cache is damaged and is fetched anew", file.name));
        content = open_from_target(archive_, *original);
        pass_signatures(archive_, file.id, *content, who, stop);
    }
    ++next_;
}

void bring_up_to_date(Archive& archive, cache::Catalog& catalog,
                      const chain::ActiveSignatures& signatures, Monitor& monitor,
                      const std::stop_token& stop)
{
    monitor.phase(Phase::reading_catalog);
    CatalogUpdate update{archive, catalog, signatures, monitor};
    std::vector<std::string> on_target;
    for (auto i = update.next(); i < signatures.files.size(); ++i) {
        if (!signatures.files[i].cached) {
            on_target.push_back(signatures.files[i].name);
        }
    }
    OpenAhead opened{archive, std::move(on_target)};
    Progress progress;
    progress.files_expected = signatures.files.size() - update.next();
    while (!update.is_done()) {
        const auto& file = signatures.files[update.next()];
        update.apply(file.cached ? nullptr : opened.next(), nullptr, stop);
        ++progress.files_done;
        monitor.progress(progress);
    }
}

SignatureStore::Sigtar& SignatureStore::open(std::int32_t set)
{
    const auto [place, is_new] = sigtars_.try_emplace(set);
    if (is_new) {
        auto& sigtar = place->second;
        const auto& id = signatures_.files.at(static_cast<std::size_t>(set)).id;
        const auto path = archive_.directory.path_of(cached_signatures_name(archive_, id));
        sigtar.file = io::open_file(path, O_RDONLY);
        sigtar.chunks = catalog_.chunks_of(set);
    }
    return place->second;
}

bool SignatureStore::find(const cache::StateRow& row, io::SpillBuffer& signature)
{
    if (row.sig_set < 0 || static_cast<std::size_t>(row.sig_set) >= signatures_.files.size() ||
        row.sig_bytes > signature_bytes_max) {
        return false;
    }
    try {
        auto& sigtar = open(row.sig_set);
        signature.clear();
        auto chunk = std::upper_bound(sigtar.chunks.begin(), sigtar.chunks.end(), row.sig_offset,
                                      [](std::uint64_t offset, const cache::SigChunk& one) {
                                          return offset < one.raw_offset;
                                      });
        if (chunk == sigtar.chunks.begin()) {
            return false;
        }
        --chunk;
        auto offset = row.sig_offset;
        while (signature.bytes() < row.sig_bytes) {
            if (chunk == sigtar.chunks.end() || offset < chunk->raw_offset ||
                offset - chunk->raw_offset >= chunk->raw_bytes) {
                return false;
            }
            const auto index = static_cast<std::size_t>(chunk - sigtar.chunks.begin());
            if (sigtar.inflated != index) {
                io::Bytes stored(static_cast<std::size_t>(chunk->stored_bytes));
                if (io::pread_full(sigtar.file.get(), stored, chunk->stored_offset,
                                   "signatures in the cache") != stored.size()) {
                    return false;
                }
                sigtar.inflated = SIZE_MAX;
                sigtar.content =
                    codec::inflate_chunk(stored, static_cast<std::size_t>(chunk->raw_bytes));
                sigtar.inflated = index;
            }
            const auto inside = static_cast<std::size_t>(offset - chunk->raw_offset);
            const auto take = std::min<std::uint64_t>(row.sig_bytes - signature.bytes(),
                                                      sigtar.content.size() - inside);
            signature.write(
                io::ByteView{sigtar.content}.subspan(inside, static_cast<std::size_t>(take)));
            offset += take;
            ++chunk;
        }
        return true;
    } catch (const Error&) {
        // Whatever is wrong with the cache, a file that is stored whole is always right.
        return false;
    }
}

}  // namespace duplid::operation
