// Writes the signatures of a set: while the run goes on as duplicity's uncompressed `.sigtar.part`
// in the cache, at its end as `.sigtar.gz` there and wrapped as everything else on the target.
//
// Format facts: archive-format.md 5.1 (layout, order, end), 2 (names and forms in the cache).
#pragma once

#include "engine/codec/worker_pool.hpp"
#include "engine/operation/archive.hpp"
#include "engine/tar/header.hpp"
#include "engine/volume/member.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/cache/state_row.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::operation {

/// Bytes of a sigtar that are deflated by themselves, so that one signature can be read without
/// those before it.
inline constexpr std::size_t sigtar_chunk_bytes = std::size_t{256} << 10U;

/// Adding is for one thread; expose() may be called from another.
class SigtarWriter {
public:
    /// Begins in a temporary file beside `part_path`.
    explicit SigtarWriter(std::string part_path);

    /// An entry without data: a deletion, or anything but a regular file.
    void add(volume::MemberKind kind, const std::string& key, tar::Header& header);

    /// The signature of a regular file. Returns the offset of its first byte in the sigtar.
    std::uint64_t add_signature(const std::string& key, tar::Header& header,
                                io::ByteView signature);

    /// Gives the file its name, `.sigtar.part`: from the end of the first volume on, as the
    /// reference does (archive-format.md 11.1), so that it can resume what we began.
    void expose();

    /// Ends the tar. The content can then be read from fd().
    void finish();

    [[nodiscard]] int fd() const noexcept { return file_.fd(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void put(io::ByteView bytes);
    void flush();

    std::string part_path_;
    io::TempFile file_;
    io::Bytes buffer_;
    std::uint64_t bytes_ = 0;
};

/// A sigtar in the form in which the cache keeps it.
struct CachedSigtar {
    io::TempFile file;  ///< not yet published
    std::vector<cache::SigChunk> chunks;
};

/// Deflates a sigtar from `raw` into a temporary file beside `path`, chunk by chunk on all workers.
/// `time` goes into the gzip header.
[[nodiscard]] CachedSigtar pack_sigtar(io::Source& raw, const std::string& path,
                                       codec::WorkerPool& pool, std::uint32_t time);

}  // namespace duplid::operation
