// The part of a SetStream that opens its volumes: found, fetched, proved, unwrapped.
#include "engine/manifest/chunk_index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/operation/archive/put_files.hpp"
#include "engine/operation/archive/read_ahead.hpp"
#include "engine/operation/state/set_stream.hpp"
#include "engine/volume/chunk_source.hpp"
#include "engine/volume/opened_file.hpp"
#include "engine/volume/proven_file.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <future>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr auto damage_hint =
    "sets that do not need this volume can still be restored: choose an earlier time";

/// `name` as far as it was ever listed, `expected` as it should be.
Error missing_volume(const chain::BackupSet& set, std::uint32_t number, const std::string& name,
                     const std::string& expected)
{
    return Error{Error::Kind::corrupt,
                 fmt::format("volume {} of the set {} is missing on the target{}", number,
                             spoken_name_of(set.id), name.empty() ? "" : ": " + name),
                 name.empty() ? fmt::format("volume {}", number) : name, damage_hint}
        .with_detail("volume_missing", {{"volume", name.empty() ? expected : name}});
}

/// Keeps a descriptor open as long as ranges of it are read.
struct SharedFile {
    io::Fd fd;
    std::string name;

    [[nodiscard]] io::Bytes read(std::uint64_t offset, std::size_t bytes) const
    {
        io::Bytes content(bytes);
        content.resize(io::pread_full(fd.get(), content, offset, name));
        return content;
    }
};

/// Says which volume an error inside of it came from.
class NamedVolume final : public io::Source {
public:
    NamedVolume(std::unique_ptr<io::Source> content, std::string name)
        : content_{std::move(content)}, name_{std::move(name)}
    {
    }
    std::size_t read(io::ByteSpan into) override
    {
        try {
            return content_->read(into);
        } catch (const Error& error) {
            if (error.kind() == Error::Kind::corrupt && error.object() != name_) {
                throw error_in_volume(error, name_);
            }
            throw;
        }
    }

private:
    std::unique_ptr<io::Source> content_;
    std::string name_;
};

}  // namespace

Error error_in_volume(const Error& error, const std::string& name)
{
    return Error{error.kind(), fmt::format("{}: {}", name, error.what()), name, damage_hint}
        .with_detail(error.detail(), error.facts());
}

/// Of a part of the archive, only the chunks that may hold it.
bool SetStream::reads_chunks_of(const manifest::Volume& volume) const noexcept
{
    return !options_.key.empty() && !volume.chunks.empty();
}

SetStream::Content SetStream::open(const manifest::Volume& volume)
{
    const auto found = set_.volumes.find(volume.number);
    if (found == set_.volumes.end()) {
        throw missing_volume(set_, volume.number, {},
                             target_volume_name(archive_.settings, set_.id, volume.number));
    }
    const auto& name = found->second;
    try {
        std::unique_ptr<io::Source> content = std::make_unique<NamedVolume>(
            reads_chunks_of(volume) ? open_chunks(volume, name) : open_whole(volume, name), name);
        if (!options_.ahead) {
            return {std::move(content)};
        }
        auto ahead = std::make_unique<ReadAhead>(std::move(content));
        auto* const blocks = ahead.get();
        return {std::move(ahead), blocks};
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::not_found) {
            throw missing_volume(set_, volume.number, name, name);
        }
        throw;
    }
}

std::unique_ptr<io::Source> SetStream::open_chunks(const manifest::Volume& volume,
                                                   const std::string& name)
{
    const auto wrapping = naming::parse(name, archive_.settings.names.prefixes).value().wrapping;
    const auto index = manifest::parse_chunk_index(volume.chunks);
    volume::ChunkedVolume chunked;
    chunked.name = name;
    chunked.deflated = wrapping == naming::Wrapping::gzip;
    chunked.first_offset = index.first_offset;
    for (const auto& chunk : index.chunks) {
        chunked.chunks.push_back({chunk.stored_bytes, chunk.raw_bytes, chunk.raw_crc32});
    }
    if (auto local = archive_.target.open_local(name)) {
        auto file = std::make_shared<SharedFile>(SharedFile{std::move(*local), name});
        chunked.read_range = [this, file](std::uint64_t offset, std::size_t bytes) {
            fetched_bytes_ += bytes;
            return file->read(offset, bytes);
        };
    } else if (archive_.target.can_read_ranges()) {
        chunked.read_range = [this, name](std::uint64_t offset, std::size_t bytes) {
            fetched_bytes_ += bytes;
            return archive_.target.get_range(name, offset, bytes);
        };
    } else {
        return open_whole(volume, name);
    }
    return std::make_unique<volume::ChunkSource>(std::move(chunked), options_.key);
}

std::unique_ptr<io::Source> SetStream::unwrap(io::Fd file, const std::string& name,
                                              bool is_proven) const
{
    const auto wrapping = naming::parse(name, archive_.settings.names.prefixes).value().wrapping;
    const auto options = open_options_of(archive_.settings);
    return is_proven
               ? volume::open_proven_file(std::move(file), name, packing_of(wrapping), options)
               : volume::open_file(std::move(file), name, packing_of(wrapping), options);
}

/// Without a hash in the manifest only the volume's own check sums can tell, and they come last:
/// nothing may have been used by then.
void SetStream::prove_readable(const io::Fd& file, const std::string& name)
{
    const auto content = unwrap(io::Fd{::dup(file.get())}, name, false);
    io::Bytes rest(std::size_t{64} << 10U);
    while (content->read(rest) > 0) {
    }
    if (::lseek(file.get(), 0, SEEK_SET) != 0) {
        throw system_error(errno, "rewinding", name);
    }
}

std::unique_ptr<io::Source> SetStream::open_whole(const manifest::Volume& volume,
                                                  const std::string& name)
{
    auto file = fetch(archive_, name);
    struct stat facts {};
    if (::fstat(file.get(), &facts) == 0) {
        fetched_bytes_ += static_cast<std::uint64_t>(facts.st_size);
    }
    if (volume.sha1.empty()) {
        prove_readable(file, name);
    } else {
        const auto sum = volume::sha1_of(file.get(), name);
        if (sum != volume.sha1) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("volume {} of the set {} is damaged: {} has SHA-1 {} instead "
                                    "of {}",
                                    volume.number, spoken_name_of(set_.id), name, sum, volume.sha1),
                        name, damage_hint}
                .with_detail("hash_mismatch",
                             {{"volume", name}, {"calculated", sum}, {"expected", volume.sha1}});
        }
    }
    return unwrap(std::move(file), name, true);
}

void SetStream::start_next()
{
    if (next_volume_ < volumes_.size()) {
        const auto& volume = volumes_[next_volume_++];
        const auto policy = options_.ahead ? std::launch::async : std::launch::deferred;
        opening_ = std::async(policy, [this, &volume] { return open(volume); });
    }
}

}  // namespace duplid::operation
