// One file of an archive while it is written: a volume, a sigtar or a manifest.
#pragma once

#include "engine/codec/encryptor.hpp"
#include "engine/volume/chunk.hpp"
#include "engine/volume/seal.hpp"
#include "storage/io/temp_file.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace duplid::volume {

/// Where one chunk lies in a file whose chunks can be read one by one.
struct ChunkPlace {
    std::uint64_t stored_bytes = 0;
    std::uint64_t raw_bytes = 0;
    std::uint32_t raw_crc32 = 0;
};

/// A file that is whole: closed, hashed, not yet put anywhere.
struct StoredFile {
    io::TempFile spool;
    std::uint64_t bytes = 0;
    std::string sha1;
    /// Form::gzip and Form::plain: where each chunk lies, the first at `first_offset`.
    std::vector<ChunkPlace> chunks;
    std::uint64_t first_offset = 0;
};

/// Everything that decides what the bytes around the chunks are.
struct Wrapper {
    Form form = Form::gzip;
    codec::Level level = codec::Level::fast;
    /// Of the OpenPGP forms; outlives the writer.
    codec::Encryptor* encryption = nullptr;
    /// Time in the gzip header. The time of the set, so that a volume made again is the same.
    std::uint32_t time = 0;
    /// OpenPGP volumes and sigtars: end the tar with two zero blocks (archive-format.md 4.5).
    bool tar_end = true;
};

/// Takes sealed chunks in order and writes them, wrapped, into a spool; SHA-1 is computed as the
/// bytes pass. The chunks go back to the store they came from.
///
/// With OpenPGP a thread waits for gpg from the constructor on. Destroying the object before
/// close() gives the file up.
class StoredFileWriter {
public:
    virtual ~StoredFileWriter() = default;
    StoredFileWriter(const StoredFileWriter&) = delete;
    StoredFileWriter& operator=(const StoredFileWriter&) = delete;

    /// Throws: Error, also for what went wrong with earlier chunks meanwhile.
    virtual void add(std::unique_ptr<Chunk> chunk) = 0;

    /// No more chunks follow. Does not wait.
    virtual void close() = 0;

    /// After close(): waits until all is written. Called once. Throws: Error.
    [[nodiscard]] virtual StoredFile finish() = 0;

protected:
    StoredFileWriter() = default;
};

/// `store` outlives the writer. `name` is for errors.
[[nodiscard]] std::unique_ptr<StoredFileWriter>
make_writer(const Wrapper& wrapper, io::TempFile spool, std::string name, ChunkStore& store);

}  // namespace duplid::volume
