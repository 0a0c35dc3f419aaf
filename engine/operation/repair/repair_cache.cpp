#include "engine/chain/choice.hpp"
#include "engine/operation/archive/damaged_cache.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/operation/repair/repair_context.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "storage/cache/catalog.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

std::string digest_of(io::Source& source)
{
    io::Digest digest{io::Digest::Algorithm::sha1};
    io::Bytes buffer(std::size_t{64} << 10U);
    while (const auto got = source.read(buffer)) {
        digest.add(io::ByteView{buffer}.first(got));
    }
    return digest.hex();
}

/// The digest of a content, or nothing when it is damaged.
template <class Open>
std::optional<std::string> digest_if_whole(const Open& open)
{
    try {
        return digest_of(*open());
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            throw;
        }
        return std::nullopt;
    }
}

class CacheRepair {
public:
    CacheRepair(RepairContext& context, const Listing& listing)
        : context_{context}, archive_{context.archive}, listing_{listing}
    {
    }

    void run()
    {
        const auto& all = listing_.collection;
        for (const auto& chain : all.chains) {
            for (const auto& set : chain.sets) {
                check_manifest(set);
            }
        }
        for (const auto& chain : all.signatures.chains) {
            for (const auto& file : chain.files) {
                check_signatures(file);
            }
        }
        check_catalog();
    }

private:
    void report(const std::string& name, const std::string& about)
    {
        // Without force it is no damage of the archive either: everything here can be fetched.
        const auto state = context_.request.force ? Finding::State::mended : Finding::State::left;
        context_.report({Finding::Kind::cache_stale, state, std::nullopt, name, about, {}, {}});
    }

    void check_manifest(const chain::BackupSet& set)
    {
        const auto path = archive_.directory.path_of(cached_manifest_name(archive_, set.id));
        if (::access(path.c_str(), F_OK) != 0) {
            return;
        }
        const auto cached = digest_if_whole([&] { return std::make_unique<io::FileSource>(path); });
        const auto original =
            digest_if_whole([&] { return open_from_target(archive_, set.manifest.value()); });
        if (!original || cached == original) {
            return;
        }
        if (context_.request.force) {
            auto copy = io::TempFile::beside(path, 0666);
            io::FdSink sink{copy.fd(), path};
            io::copy(*open_from_target(archive_, *set.manifest), sink);
            copy.publish(path);
        }
        report(path, fmt::format("{} in the cache is not what the target has", path));
    }

    void check_signatures(const chain::SignatureFile& file)
    {
        const auto name = cached_signatures_name(archive_, file.id);
        const auto path = archive_.directory.path_of(name);
        if (::access(path.c_str(), F_OK) != 0) {
            return;
        }
        const auto cached = digest_if_whole([&] {
            return open_signatures(archive_, {file.id, name, true});
        });
        if (cached && !context_.request.read_data) {
            return;
        }
        const auto original =
            digest_if_whole([&] { return open_from_target(archive_, file.name); });
        if (!original || cached == original) {
            return;
        }
        if (context_.request.force) {
            const auto content = open_from_target(archive_, file.name);
            auto packed =
                pack_sigtar(*content, path, archive_.pool, static_cast<std::uint32_t>(file.id.end));
            packed.file.publish(path);
            context_.catalog_is_stale = true;
        }
        report(path, fmt::format("{} in the cache is damaged or stale", path));
    }

    void check_catalog()
    {
        const auto signatures = chain::active_signatures(listing_.collection);
        if (!signatures || ::access(archive_.directory.path_of("catalog.db").c_str(), F_OK) != 0) {
            return;
        }
        if (!context_.catalog_is_stale && is_catalog_of(*signatures)) {
            return;
        }
        if (context_.request.force) {
            despite_damaged_cache(archive_, context_.monitor, [&] {
                const auto catalog = cache::Catalog::open(archive_.directory.path());
                catalog->reset();
                bring_up_to_date(archive_, *catalog, *signatures, context_.monitor, context_.stop);
            });
        }
        report("catalog.db", "the catalog is damaged, or not of the chain on the target");
    }

    [[nodiscard]] bool is_catalog_of(const chain::ActiveSignatures& signatures) const
    {
        try {
            const auto catalog = cache::Catalog::open(archive_.directory.path());
            const auto applied = catalog->applied();
            bool fits =
                catalog->why_recreated().empty() && applied.size() <= signatures.files.size();
            for (std::size_t i = 0; fits && i < applied.size(); ++i) {
                fits = applied[i].set_name == catalog_name_of(signatures.files[i].id);
            }
            auto rows = catalog->scan();
            cache::StateRow row;
            while (fits && rows.next(row)) {
                // Damage shows when what is damaged is read.
            }
            return fits;
        } catch (const Error& error) {
            if (!is_of_damaged_cache(archive_, error)) {
                throw;
            }
            return false;
        }
    }

    RepairContext& context_;
    Archive& archive_;
    const Listing& listing_;
};

}  // namespace

void repair_cache(RepairContext& context, const Listing& listing)
{
    CacheRepair{context, listing}.run();
}

}  // namespace duplid::operation
