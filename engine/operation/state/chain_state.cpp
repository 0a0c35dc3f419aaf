#include "engine/operation/state/chain_state.hpp"

#include "engine/codec/inflate.hpp"
#include "engine/naming/time.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/object/metadata.hpp"
#include "engine/tar/reader.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>

namespace duplid::operation {

namespace {

/// Signatures of one file beyond this are not loaded: the file is stored whole instead.
constexpr std::uint64_t signature_bytes_max = std::uint64_t{1} << 30U;
constexpr std::size_t manifest_bytes_max = std::size_t{1} << 30U;

/// The identity of a set: the digest of its manifest in the cache, if there is one.
std::string manifest_digest(const Archive& archive, const naming::SetId& set)
{
    const auto path = archive.directory.path_of(cached_manifest_name(archive, set));
    const auto bytes = io::read_file_if_there(path, manifest_bytes_max);
    return bytes ? io::digest_hex(io::Digest::Algorithm::sha1, *bytes) : std::string{};
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

/// Copies what is read into a file, so that one pass serves two readers.
class Tee final : public io::Source {
public:
    Tee(io::Source& source, io::Sink& copy) : source_{source}, copy_{copy} {}
    std::size_t read(io::ByteSpan into) override
    {
        const auto got = source_.read(into);
        copy_.write(into.first(got));
        bytes_ += got;
        return got;
    }
    void drain()
    {
        io::Bytes rest(std::size_t{64} << 10U);
        while (read(rest) > 0) {
        }
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    io::Source& source_;
    io::Sink& copy_;
    std::uint64_t bytes_ = 0;
};

void apply(Archive& archive, cache::Catalog& catalog, const chain::FoundSignatures& file,
           const std::stop_token& stop)
{
    const auto source = open_signatures(archive, file);
    const auto raw = io::TempFile::unnamed(archive.directory.path());
    io::FdSink raw_sink{raw.fd(), file.name};
    Tee tee{*source, raw_sink};
    catalog.begin_run(file.id.full);
    try {
        stage_signatures(archive, catalog, tee, file.id.full, {}, stop);
        tee.drain();
        const auto name = cached_signatures_name(archive, file.id);
        const auto path = archive.directory.path_of(name);
        io::RangeSource packed_from{raw.fd(), 0, tee.bytes(), file.name};
        auto packed =
            pack_sigtar(packed_from, path, archive.pool, static_cast<std::uint32_t>(file.id.end));
        packed.file.publish(path);
        catalog.commit_run({catalog_name_of(file.id), manifest_digest(archive, file.id)},
                           packed.chunks);
    } catch (...) {
        catalog.abandon_run();
        throw;
    }
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

void stage_signatures(Archive& archive, cache::Catalog& catalog, io::Source& raw, bool full,
                      const SignatureListener& listener, const std::stop_token& stop)
{
    Owners owners;
    tar::Reader reader{raw};
    tar::Header header;
    cache::StateRow row;
    while (reader.next(header)) {
        if (stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "reading signatures was stopped on request"};
        }
        const auto member = volume::member_of(header);
        if (listener) {
            listener(member, header);
        }
        if (member.kind == volume::MemberKind::deleted) {
            if (!full && !member.key.empty()) {
                catalog.stage_delete(member.key);
            }
            continue;
        }
        put_row(header, member.key, owners, archive.settings.numeric_owner, row);
        if (member.kind == volume::MemberKind::signature) {
            row.sig_set = catalog.run_position();
            row.sig_offset = reader.data_offset();
            row.sig_bytes = header.size;
        }
        catalog.stage_put(row);
    }
}

void bring_up_to_date(Archive& archive, cache::Catalog& catalog,
                      const chain::ActiveSignatures& signatures, Monitor& monitor,
                      const std::stop_token& stop)
{
    monitor.phase(Phase::reading_catalog);
    const auto known = sets_known(archive, catalog, signatures);
    if (!known) {
        monitor.note("the catalog is of another chain and is made anew from the signatures");
        catalog.reset();
    }
    for (auto i = known.value_or(0); i < signatures.files.size(); ++i) {
        const auto& file = signatures.files[i];
        try {
            apply(archive, catalog, file, stop);
        } catch (const Error& error) {
            if (!file.cached || error.kind() != Error::Kind::corrupt) {
                throw error.with_context("reading signatures " + file.name);
            }
            // A damaged copy in the cache is no loss: the target has the original.
            monitor.note(fmt::format("{} in the cache is damaged and is fetched anew", file.name));
            const auto listing = list_archive(archive);
            const auto& chains = listing.collection.signatures.chains;
            const auto original = [&]() -> std::optional<std::string> {
                for (const auto& chain : chains) {
                    for (const auto& one : chain.files) {
                        if (one.id == file.id) {
                            return one.name;
                        }
                    }
                }
                return std::nullopt;
            }();
            if (!original) {
                throw error.with_context("reading signatures " + file.name);
            }
            apply(archive, catalog, {file.id, *original, false}, stop);
        }
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
