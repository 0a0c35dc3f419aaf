#include "engine/naming/index.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/repair/quarantine.hpp"
#include "engine/operation/repair/rebuild_signatures.hpp"
#include "engine/operation/repair/repair_context.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

namespace duplid::operation {

namespace {

using Kind = Finding::Kind;

bool is_readable(Archive& archive, const chain::FoundSignatures& file)
{
    try {
        const auto source = open_signatures(archive, file);
        tar::Reader reader{*source};
        tar::Header header;
        while (reader.next(header)) {
            static_cast<void>(volume::member_of(header));
        }
        io::Bytes rest(std::size_t{64} << 10U);
        while (source->read(rest) > 0) {
        }
        return true;
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt && error.kind() != Error::Kind::not_found) {
            throw;
        }
        return false;
    }
}

void replace_signatures(Archive& archive, const Listing& listing, const naming::SetId& id,
                        io::Source& tar)
{
    if (const auto damaged = signatures_name(listing, id)) {
        quarantine_before_replacing(archive, *damaged);
    }
    put_signatures(archive, id, tar);
}

void report_signatures(const RepairContext& context, const Listing& listing,
                       const naming::SetId& id, const std::string& how)
{
    const auto name = signatures_name(listing, id);
    context.report({name ? Kind::signatures_damaged : Kind::signatures_missing,
                    context.mending(),
                    id,
                    name.value_or(""),
                    fmt::format("the signatures of {} are {}; {}", spoken_name_of(id),
                                name ? "damaged" : "missing", how),
                    {},
                    {}});
}

}  // namespace

std::optional<std::string> signatures_name(const Listing& listing, const naming::SetId& id)
{
    const auto in = [&id](const std::vector<chain::SignatureFile>& files) {
        const auto found = std::find_if(files.begin(), files.end(),
                                        [&id](const auto& file) { return file.id == id; });
        return found == files.end() ? std::nullopt : std::optional{found->name};
    };
    const auto& signatures = listing.collection.signatures;
    for (const auto& chain : signatures.chains) {
        if (auto name = in(chain.files)) {
            return name;
        }
    }
    return in(signatures.orphaned);
}

std::set<naming::SetId> missing_signatures(RepairContext& context, const Listing& listing,
                                           const chain::Chain& chain)
{
    std::set<naming::SetId> missing;
    for (const auto& set : chain.sets) {
        const auto name = signatures_name(listing, set.id);
        if (!name) {
            missing.insert(set.id);
        } else if (context.request.read_data) {
            if (!is_readable(context.archive, {set.id, *name, false})) {
                missing.insert(set.id);
            }
            context.reading.has_read(*name);
        }
    }
    return missing;
}

void mend_signatures(RepairContext& context, const Listing& listing,
                     const std::vector<SetHealth>& sets, const std::set<naming::SetId>& missing)
{
    std::set<naming::SetId> to_rebuild;
    for (const auto& id : missing) {
        const auto name = cached_signatures_name(context.archive, id);
        const chain::FoundSignatures cached{id, name, true};
        if (::access(context.archive.directory.path_of(name).c_str(), R_OK) != 0 ||
            !is_readable(context.archive, cached)) {
            to_rebuild.insert(id);
            continue;
        }
        if (context.request.force) {
            const auto tar = open_signatures(context.archive, cached);
            replace_signatures(context.archive, listing, id, *tar);
        }
        report_signatures(context, listing, id, "the cache has them");
    }
    if (to_rebuild.empty()) {
        return;
    }
    if (context.request.force) {
        for (const auto& [id, tar] :
             rebuild_signatures(context.archive, sets, to_rebuild, context.reading, context.stop)) {
            io::RangeSource source{tar->fd(), 0, tar->bytes(), spoken_name_of(id)};
            replace_signatures(context.archive, listing, id, source);
            context.catalog_is_stale = true;
        }
    }
    for (const auto& id : to_rebuild) {
        report_signatures(context, listing, id, "they are made again from the volumes");
    }
}

}  // namespace duplid::operation
