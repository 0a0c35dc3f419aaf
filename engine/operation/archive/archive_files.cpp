#include "engine/operation/archive/archive_files.hpp"

#include "engine/manifest/reader.hpp"
#include "engine/manifest/writer.hpp"
#include "engine/naming/time.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/file.hpp"
#include "storage/io/temp_file.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

std::string name_in_cache(const Archive& archive, const naming::SetId& set, naming::FileKind kind,
                          naming::Wrapping wrapping, bool partial)
{
    return naming::print({set, kind, 0, wrapping, partial}, archive.settings.names);
}

manifest::Manifest parse_named(io::Source& source, const std::string& name)
{
    try {
        return manifest::parse(source, {});
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt || !error.object().empty()) {
            throw;
        }
        throw Error{Error::Kind::corrupt, fmt::format("manifest {}: {}", name, error.what()), name,
                    "the set it describes cannot be used; older sets are not concerned"};
    }
}

}  // namespace

codec::Encryptor* encryptor_of(Archive& archive)
{
    if (archive.settings.encryption && !archive.encryptor) {
        archive.encryptor = std::make_unique<codec::Encryptor>(*archive.settings.encryption);
    }
    return archive.encryptor.get();
}

volume::Form form_of(Archive& archive)
{
    if (const auto* encryptor = encryptor_of(archive)) {
        return encryptor->packs() ? volume::Form::gpg : volume::Form::gpg_content;
    }
    return archive.settings.compress ? volume::Form::gzip : volume::Form::plain;
}

naming::Wrapping data_wrapping_of(const ArchiveSettings& settings) noexcept
{
    if (settings.encryption) {
        return naming::Wrapping::gpg;
    }
    return settings.compress ? naming::Wrapping::gzip : naming::Wrapping::plain;
}

naming::Wrapping manifest_wrapping_of(const ArchiveSettings& settings) noexcept
{
    return settings.encryption ? naming::Wrapping::gpg : naming::Wrapping::plain;
}

volume::Packing packing_of(naming::Wrapping wrapping) noexcept
{
    switch (wrapping) {
    case naming::Wrapping::plain:
        return volume::Packing::plain;
    case naming::Wrapping::gzip:
        return volume::Packing::gzip;
    case naming::Wrapping::gpg:
        return volume::Packing::gpg;
    }
    return volume::Packing::plain;
}

volume::OpenOptions open_options_of(const ArchiveSettings& settings) noexcept
{
    return {settings.encryption ? &*settings.encryption : nullptr, settings.temp_directory};
}

std::string spoken_name_of(const naming::SetId& set)
{
    return fmt::format("{} {}", set.full ? "full" : "increment", naming::print_time(set.end));
}

Listing list_archive(Archive& archive)
{
    Listing listing;
    std::vector<std::string> names;
    for (auto& file : archive.target.list()) {
        listing.bytes_of.emplace(file.name, file.bytes);
        names.push_back(std::move(file.name));
    }
    listing.collection =
        chain::collect(names, archive.directory.names(), archive.settings.names.prefixes);
    return listing;
}

void check_target_is_there(const Archive& archive, const chain::Collection& collection)
{
    const bool is_empty = collection.chains.empty() && collection.orphaned.empty() &&
                          collection.replaced.empty() && collection.incomplete.empty() &&
                          collection.partial.empty() && collection.signatures.chains.empty() &&
                          collection.signatures.orphaned.empty();
    const auto& cached = collection.cached_signatures.chains;
    if (is_empty && !cached.empty()) {
        throw Error{Error::Kind::unreachable,
                    fmt::format("the target is empty, but backups were stored there before, the "
                                "last at {}",
                                naming::print_time(cached.back().end())),
                    archive.target.description(),
                    "is the disk mounted? If the backups were removed on purpose, a full backup "
                    "that is asked for by name begins anew"};
    }
}

io::Fd fetch(Archive& archive, const std::string& name)
{
    if (auto local = archive.target.open_local(name)) {
        return std::move(*local);
    }
    auto file = io::TempFile::unnamed(archive.settings.temp_directory);
    io::FdSink sink{file.fd(), name};
    archive.target.get(name, sink);
    if (::lseek(file.fd(), 0, SEEK_SET) != 0) {
        throw system_error(errno, "rewinding", name);
    }
    return file.take_fd();
}

std::unique_ptr<io::Source> open_from_target(Archive& archive, const std::string& name)
{
    return open_fetched(archive, fetch(archive, name), name);
}

std::unique_ptr<io::Source> open_fetched(const Archive& archive, io::Fd file,
                                         const std::string& name)
{
    const auto parsed = naming::parse(name, archive.settings.names.prefixes);
    return volume::open_file(std::move(file), name, packing_of(parsed.value().wrapping),
                             open_options_of(archive.settings));
}

manifest::Manifest load_manifest_from_target(Archive& archive, const chain::BackupSet& set)
{
    const auto content = open_from_target(archive, set.manifest.value());
    return parse_named(*content, *set.manifest);
}

manifest::Manifest load_manifest(Archive& archive, const chain::BackupSet& set)
{
    const auto path = archive.directory.path_of(cached_manifest_name(archive, set.id));
    if (::access(path.c_str(), R_OK) == 0) {
        io::FileSource source{path};
        try {
            return parse_named(source, path);
        } catch (const Error& error) {
            // The cache is only a cache: a damaged copy is fetched anew.
            if (error.kind() != Error::Kind::corrupt) {
                throw;
            }
        }
    }
    return keep_manifest(archive, set, *open_from_target(archive, set.manifest.value()));
}

manifest::Manifest keep_manifest(Archive& archive, const chain::BackupSet& set, io::Source& content)
{
    const auto path = archive.directory.path_of(cached_manifest_name(archive, set.id));
    const auto& name = set.manifest.value();
    auto copy = io::TempFile::beside(path, 0666);
    io::FdSink sink{copy.fd(), path};
    const auto bytes = io::copy(content, sink);
    io::RangeSource source{copy.fd(), 0, bytes, name};
    auto manifest = parse_named(source, name);
    // After a power cut it may be missing, and is fetched again. It is never less than whole, which
    // duplicity would take for the set's own.
    io::sync_file(copy.fd(), path);
    copy.rename_to(path);
    return manifest;
}

std::string cached_manifest_name(const Archive& archive, const naming::SetId& set)
{
    return name_in_cache(archive, set, naming::FileKind::manifest, naming::Wrapping::plain, false);
}

std::string cached_signatures_name(const Archive& archive, const naming::SetId& set)
{
    return name_in_cache(archive, set, naming::FileKind::signatures, naming::Wrapping::gzip, false);
}

std::string partial_manifest_name(const Archive& archive, const naming::SetId& set)
{
    return name_in_cache(archive, set, naming::FileKind::manifest, naming::Wrapping::plain, true);
}

std::string partial_signatures_name(const Archive& archive, const naming::SetId& set)
{
    return name_in_cache(archive, set, naming::FileKind::signatures, naming::Wrapping::plain, true);
}

}  // namespace duplid::operation
