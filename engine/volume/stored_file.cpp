#include "engine/volume/stored_file.hpp"

#include "engine/codec/checksum.hpp"
#include "engine/codec/gzip.hpp"
#include "engine/volume/gpg_writer.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/file.hpp"

#include <utility>

namespace duplid::volume {

namespace {

/// Form::plain and Form::gzip: written by whoever adds.
class DirectWriter final : public StoredFileWriter {
public:
    DirectWriter(const Wrapper& wrapper, io::TempFile spool, std::string name, ChunkStore& store)
        : wrapper_{wrapper}, store_{store}, spool_{std::move(spool)},
          file_{spool_.fd(), std::move(name)}, out_{io::Digest::Algorithm::sha1, file_}
    {
        if (wrapper_.form == Form::gzip) {
            out_.write(codec::gzip_header(wrapper_.time));
        }
        first_offset_ = out_.bytes();
    }

    void add(std::unique_ptr<Chunk> chunk) override
    {
        const bool deflated = wrapper_.form == Form::gzip;
        const io::ByteView bytes = deflated ? io::ByteView{chunk->deflated.bytes} : chunk->raw();
        out_.write(bytes);
        const auto crc32 = deflated ? chunk->deflated.crc32 : codec::crc32_of(chunk->raw());
        places_.push_back({bytes.size(), chunk->bytes, crc32});
        crc32_ = codec::crc32_joined(crc32_, crc32, chunk->bytes);
        raw_bytes_ += chunk->bytes;
        store_.give_back(std::move(chunk));
    }

    void close() override
    {
        if (wrapper_.form == Form::gzip) {
            out_.write(codec::stream_end);
            out_.write(codec::gzip_trailer(crc32_, raw_bytes_));
        }
    }

    StoredFile finish() override
    {
        return {std::move(spool_), out_.bytes(), out_.hex(), std::move(places_), first_offset_};
    }

private:
    Wrapper wrapper_;
    ChunkStore& store_;
    io::TempFile spool_;
    io::FdSink file_;
    io::DigestSink out_;
    std::vector<ChunkPlace> places_;
    std::uint64_t first_offset_ = 0;
    std::uint32_t crc32_ = 0;
    std::uint64_t raw_bytes_ = 0;
};

}  // namespace

std::unique_ptr<StoredFileWriter> make_writer(const Wrapper& wrapper, io::TempFile spool,
                                              std::string name, ChunkStore& store)
{
    if (wrapper.form == Form::plain || wrapper.form == Form::gzip) {
        return std::make_unique<DirectWriter>(wrapper, std::move(spool), std::move(name), store);
    }
    return std::make_unique<GpgWriter>(wrapper, std::move(spool), std::move(name), store);
}

}  // namespace duplid::volume
