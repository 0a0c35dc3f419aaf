// Writes the signatures of a set: while the run goes on as duplicity's uncompressed `.sigtar.part`
// in the cache, at its end as `.sigtar.gz` there and wrapped as everything else on the target.
//
// Format facts: archive-format.md 5.1 (layout, order, end), 2 (names and forms in the cache).
#pragma once

#include "engine/codec/worker_pool.hpp"
#include "engine/operation/archive/archive.hpp"
#include "engine/tar/header.hpp"
#include "engine/volume/member.hpp"
#include "engine/volume/stored_file.hpp"
#include "storage/cache/state_row.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/spill_buffer.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace duplid::operation {

/// Bytes of a sigtar that are deflated by themselves, so that one signature can be read without
/// those before it.
inline constexpr std::size_t sigtar_chunk_bytes = std::size_t{256} << 10U;

/// The file has its name from the beginning, as duplicity takes no notice of one without a
/// `.manifest.part` beside it. Adding is for one thread; sync() may be called from another.
class SigtarWriter {
public:
    /// Keeps the first `kept_bytes` of the file at `part_path`, which end an entry, and goes on
    /// behind them; what is there beyond is cut off. 0 begins anew.
    explicit SigtarWriter(std::string part_path, std::uint64_t kept_bytes = 0);

    /// An entry without data: a deletion, or anything but a regular file.
    void add(volume::MemberKind kind, const std::string& key, tar::Header& header);

    /// The signature of a regular file. Returns the offset of its first byte in the sigtar.
    std::uint64_t add_signature(const std::string& key, tar::Header& header,
                                io::ByteView signature);
    /// As above; that of a giant file passes piece by piece.
    std::uint64_t add_signature(const std::string& key, tar::Header& header,
                                io::SpillBuffer& signature);

    /// Writes what was added to the file, so that sync() and readers of fd() have it.
    void flush();

    /// Makes durable what was flushed.
    void sync();

    /// Ends the tar. The content can then be read from fd().
    void finish();

    [[nodiscard]] int fd() const noexcept { return file_.get(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void put(io::ByteView bytes);
    std::uint64_t put_signature_header(const std::string& key, tar::Header& header,
                                       std::uint64_t bytes);
    void put_padding(std::uint64_t bytes);

    std::string part_path_;
    io::Fd file_;
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
