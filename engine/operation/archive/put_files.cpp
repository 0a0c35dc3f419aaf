#include "engine/operation/archive/put_files.hpp"

#include "engine/manifest/chunk_index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/sigtar_writer.hpp"
#include "engine/volume/store_stream.hpp"
#include "storage/io/error.hpp"

#include <fmt/format.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t stream_chunk_bytes = std::size_t{1} << 20U;

std::uint64_t put_stream(Archive& archive, const std::string& name, io::Source& content,
                         const volume::Wrapper& wrapper, std::size_t chunk_bytes)
{
    auto spool = archive.target.make_spool(name, archive.settings.temp_directory);
    auto file =
        volume::store_stream(content, wrapper, std::move(spool), name, archive.pool, chunk_bytes);
    const auto bytes = file.bytes;
    ship(archive.target, file, name);
    return bytes;
}

}  // namespace

volume::Wrapper wrapper_of(Archive& archive, const naming::SetId& set)
{
    volume::Wrapper wrapper;
    wrapper.form = form_of(archive);
    wrapper.level = archive.settings.level;
    wrapper.encryption = encryptor_of(archive);
    wrapper.time = static_cast<std::uint32_t>(set.end);
    return wrapper;
}

std::string chunk_index_of(const volume::StoredFile& file)
{
    if (file.chunks.empty()) {
        return {};
    }
    manifest::ChunkIndex index;
    index.first_offset = file.first_offset;
    for (const auto& chunk : file.chunks) {
        index.chunks.push_back({chunk.stored_bytes, chunk.raw_bytes, chunk.raw_crc32});
    }
    return manifest::print(index);
}

void ship(remote::Remote& target, volume::StoredFile& file, const std::string& name)
{
    target.put(file.spool, name);
    check_arrival(target, file.bytes, name);
}

void check_arrival(remote::Remote& target, std::uint64_t bytes, const std::string& name)
{
    const auto there = target.size_after_put(name, bytes);
    if (const auto error = remote::wrong_size(name, there, bytes)) {
        throw Error{*error};
    }
}

std::string target_volume_name(const ArchiveSettings& settings, const naming::SetId& set,
                               std::uint32_t number)
{
    return naming::print({set, naming::FileKind::volume, number, data_wrapping_of(settings), false},
                         settings.names);
}

std::string target_signatures_name(const ArchiveSettings& settings, const naming::SetId& set)
{
    return naming::print({set, naming::FileKind::signatures, 0, data_wrapping_of(settings), false},
                         settings.names);
}

std::string target_manifest_name(const ArchiveSettings& settings, const naming::SetId& set)
{
    return naming::print(
        {set, naming::FileKind::manifest, 0, manifest_wrapping_of(settings), false},
        settings.names);
}

std::uint64_t put_signatures(Archive& archive, const naming::SetId& set, io::Source& tar)
{
    auto wrapper = wrapper_of(archive, set);
    wrapper.tar_end = false;  // the sigtar has its own
    return put_stream(archive, target_signatures_name(archive.settings, set), tar, wrapper,
                      wrapper.form == volume::Form::gzip ? sigtar_chunk_bytes : stream_chunk_bytes);
}

std::uint64_t put_manifest(Archive& archive, const naming::SetId& set, io::Source& text)
{
    auto wrapper = wrapper_of(archive, set);
    wrapper.tar_end = false;
    if (!archive.settings.encryption) {
        wrapper.form = volume::Form::plain;
    }
    return put_stream(archive, target_manifest_name(archive.settings, set), text, wrapper,
                      stream_chunk_bytes);
}

}  // namespace duplid::operation
