#include "engine/operation/backup/set_commit.hpp"

#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/state/chain_state.hpp"
#include "engine/volume/opened_file.hpp"
#include "engine/volume/store_stream.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t stream_chunk_bytes = std::size_t{1} << 20U;

}  // namespace

std::string SetCommit::path_of(std::string (*name)(const Archive&, const naming::SetId&)) const
{
    return archive_.directory.path_of(name(archive_, plan_.set));
}

void SetCommit::store_signatures()
{
    monitor_.phase(Phase::finishing);
    sigtar_.finish();
    const auto path = path_of(cached_signatures_name);
    io::RangeSource raw{sigtar_.fd(), 0, sigtar_.bytes(), path};
    auto packed = pack_sigtar(raw, path, archive_.pool, static_cast<std::uint32_t>(plan_.set.end));
    put_signatures(packed.file);
    cached_sigtar_.emplace(std::move(packed));
}

void SetCommit::put_signatures(const io::TempFile& packed)
{
    const auto name = target_signatures_name(archive_.settings, plan_.set);
    auto wrapper = wrapper_of(archive_, plan_.set);
    wrapper.tar_end = false;  // the sigtar has its own
    auto spool = archive_.target.make_spool(name, archive_.settings.temp_directory);
    if (wrapper.form == volume::Form::gzip) {
        // The cache's form is the target's.
        io::RangeSource bytes{packed.fd(), 0, packed.bytes(), name};
        io::FdSink sink{spool.fd(), name};
        const auto copied = io::copy(bytes, sink);
        volume::StoredFile file{std::move(spool), copied, {}, {}, 0};
        ship(archive_.target, file, name);
        return;
    }
    io::RangeSource raw{sigtar_.fd(), 0, sigtar_.bytes(), name};
    auto file = volume::store_stream(raw, wrapper, std::move(spool), name, archive_.pool,
                                     stream_chunk_bytes);
    ship(archive_.target, file, name);
}

/// The last file to come: from then on the set exists.
void SetCommit::store_manifest()
{
    auto whole = manifest_.finish(changes_);
    const auto name = target_manifest_name(archive_.settings, plan_.set);
    auto wrapper = wrapper_of(archive_, plan_.set);
    wrapper.tar_end = false;
    if (!archive_.settings.encryption) {
        wrapper.form = volume::Form::plain;
    }
    auto spool = archive_.target.make_spool(name, archive_.settings.temp_directory);
    io::RangeSource content{whole.fd(), 0, whole.bytes(), name};
    auto file = volume::store_stream(content, wrapper, std::move(spool), name, archive_.pool,
                                     stream_chunk_bytes);
    look_at_target_again();
    archive_.directory.check_still_there();
    ship_manifest(file, name);
    whole_manifest_.emplace(std::move(whole));
}

/// The reference cannot bear a partial manifest beside the target's own (archive-format.md 14).
/// Killed in between, this run can be gone on with all the same: by the journal.
void SetCommit::ship_manifest(volume::StoredFile& file, const std::string& name)
{
    const auto held = manifest_.withdraw();
    try {
        ship(archive_.target, file, name);
    } catch (const Error&) {
        if (is_surely_missing(name)) {
            put_back(held);
        }
        throw;
    }
}

/// Why the upload failed is what is told; that this failed too is only noted.
void SetCommit::put_back(io::ByteView held)
{
    try {
        manifest_.put_back(held);
    } catch (const Error& error) {
        monitor_.note(fmt::format("the partial manifest was not put back, so duplicity cannot "
                                  "go on with this set, only duplid can: {}",
                                  error.what()));
    }
}

bool SetCommit::is_surely_missing(const std::string& name) const
{
    try {
        return !archive_.target.size_of(name).has_value();
    } catch (const Error&) {
        return false;
    }
}

/// What is there is looked at once more before the manifest makes a set of it.
void SetCommit::look_at_target_again()
{
    const auto listing = list_archive(archive_);
    check_nobody_else_wrote(listing.collection);
    check_files_are_there(listing);
}

/// The locks keep runs of this machine apart; this notices another machine's.
void SetCommit::check_nobody_else_wrote(const chain::Collection& collection)
{
    const auto* newest = chain::newest_chain(collection);
    if (newest == nullptr) {
        return;
    }
    const auto& last = newest->sets.back().id;
    if (!plan_.newest || last > *plan_.newest) {
        throw Error{Error::Kind::busy,
                    fmt::format("another run has written the set {} to this target meanwhile",
                                spoken_name_of(last)),
                    archive_.target.description(),
                    "let one machine at a time write to a target, then run it again"};
    }
}

/// A disk may be gone by now, and the folder it was mounted on have taken the rest of the run.
void SetCommit::check_files_are_there(const Listing& listing)
{
    const auto is_there = [&](const std::string& name) {
        // Asked for by name, too: a list may lag behind.
        return listing.bytes_of.contains(name) || archive_.target.size_of(name).has_value();
    };
    const auto must_be_there = [&](const std::string& name) {
        if (!is_there(name)) {
            throw Error{Error::Kind::unreachable,
                        fmt::format("the target has lost {} while the backup was made", name),
                        archive_.target.description(),
                        "is the disk still mounted? The next backup goes on where this one is"};
        }
    };
    for (std::uint32_t number = 1; number <= volumes_; ++number) {
        must_be_there(target_volume_name(archive_.settings, plan_.set, number));
    }
    must_be_there(target_signatures_name(archive_.settings, plan_.set));
    if (const auto* before = chain::newest_chain(plan_.listing.collection)) {
        must_be_there(before->sets.back().manifest.value());
    }
}

bool SetCommit::make_current(cache::Catalog& catalog, cache::Journal& journal)
{
    // In this order, so that the catalog never tells of a set whose files the cache does not have.
    try {
        // What the cache has of the set from here on is no longer that of a run.
        ::unlink(path_of(partial_signatures_name).c_str());
        const auto sum = volume::sha1_of(whole_manifest_->fd(), whole_manifest_->path());
        manifest_.publish(std::move(*whole_manifest_));
        cached_sigtar_->file.publish(path_of(cached_signatures_name));
        catalog.commit_run({catalog_name_of(plan_.set), sum}, cached_sigtar_->chunks);
        journal.finish();
        return true;
    } catch (const Error& error) {
        catalog.abandon_run();
        monitor_.warn(Error{error.kind(),
                            fmt::format("the backup is stored and whole, but the cache could "
                                        "not be brought up to date: {}",
                                        error.what()),
                            archive_.directory.path(),
                            "look at the disk that the cache is on; the next run reads again "
                            "from the target what the cache lacks"});
        return false;
    }
}

}  // namespace duplid::operation
