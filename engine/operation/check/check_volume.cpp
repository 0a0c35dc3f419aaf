#include "engine/operation/check/check_volume.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/manifest/chunk_index.hpp"
#include "engine/naming/index.hpp"
#include "engine/operation/archive/archive_files.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "engine/volume/opened_file.hpp"
#include "storage/io/error.hpp"
#include "storage/io/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

namespace duplid::operation {

namespace {

/// Compares the chunks of a tar stream with their check sums as they pass.
class ChunkCheck final : public io::Source {
public:
    ChunkCheck(io::Source& source, const std::string& chunk_index) : source_{source}
    {
        if (!chunk_index.empty()) {
            chunks_ = manifest::parse_chunk_index(chunk_index).chunks;
        }
    }

    std::size_t read(io::ByteSpan into) override
    {
        const auto got = source_.read(into);
        add(into.first(got));
        return got;
    }

    void finish() const
    {
        if (next_ < chunks_.size()) {
            throw Error{Error::Kind::corrupt, "it ends before its last chunk"};
        }
    }

private:
    void add(io::ByteView bytes)
    {
        while (next_ < chunks_.size()) {
            const auto& chunk = chunks_[next_];
            const auto part = static_cast<std::size_t>(
                std::min<std::uint64_t>(bytes.size(), chunk.raw_bytes - bytes_));
            crc32_ = codec::crc32_of(bytes.first(part), crc32_);
            bytes_ += part;
            bytes = bytes.subspan(part);
            if (bytes_ < chunk.raw_bytes) {
                return;
            }
            if (crc32_ != chunk.raw_crc32) {
                throw Error{Error::Kind::corrupt,
                            fmt::format("chunk {} is not what was written", next_)};
            }
            ++next_;
            bytes_ = 0;
            crc32_ = 0;
        }
    }

    io::Source& source_;
    std::vector<manifest::Chunk> chunks_;
    std::size_t next_ = 0;
    std::uint64_t bytes_ = 0;  ///< of chunk `next_`
    std::uint32_t crc32_ = 0;
};

void check_bound(const std::string& key, const manifest::Bound& bound, const char* which)
{
    if (key != bound.key) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("its {} entry is {}, and its manifest says {}", which,
                                io::printable(naming::path_of_key(key)),
                                io::printable(naming::path_of_key(bound.key)))};
    }
}

void read_entries(io::Source& source, const std::optional<manifest::Volume>& volume,
                  const std::stop_token& stop)
{
    tar::Reader reader{source};
    tar::Header header;
    std::string last;
    bool any = false;
    while (reader.next(header)) {
        if (stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "the check was stopped on request"};
        }
        auto member = volume::member_of(header);
        if (any && member.key < last) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("{} is out of order", io::printable(header.name))};
        }
        if (!any && volume) {
            check_bound(member.key, volume->first, "first");
        }
        any = true;
        last = std::move(member.key);
    }
    if (any && volume) {
        check_bound(last, volume->last, "last");
    }
}

}  // namespace

void read_back(Archive& archive, const StoredPart& part, const std::stop_token& stop)
{
    auto file = fetch(archive, part.name);
    if (part.volume && !part.volume->sha1.empty()) {
        const auto sum = volume::sha1_of(file.get(), part.name);
        if (sum != part.volume->sha1) {
            throw Error{Error::Kind::corrupt,
                        fmt::format("it has SHA-1 {} instead of {}", sum, part.volume->sha1)};
        }
    }
    const auto wrapping =
        naming::parse(part.name, archive.settings.names.prefixes).value().wrapping;
    const auto content = volume::open_file(std::move(file), part.name, packing_of(wrapping),
                                           open_options_of(archive.settings));
    ChunkCheck checked{*content, part.volume ? part.volume->chunks : std::string{}};
    read_entries(checked, part.volume, stop);
    // What follows the tar belongs to the file's own check sum.
    io::Bytes rest(std::size_t{64} << 10U);
    while (checked.read(rest) > 0) {
    }
    checked.finish();
}

}  // namespace duplid::operation
