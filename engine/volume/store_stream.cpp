#include "engine/volume/store_stream.hpp"

#include "engine/codec/packet.hpp"
#include "engine/volume/seal.hpp"
#include "storage/io/digest.hpp"
#include "storage/io/file.hpp"

#include <deque>
#include <future>
#include <memory>
#include <utility>

namespace duplid::volume {

namespace {

/// Contents too short to be framed by chunks, as the manifests of small sets are.
StoredFile store_packets(io::ByteView content, const Wrapper& wrapper, io::TempFile spool,
                         const std::string& name)
{
    auto& encryption = *wrapper.encryption;
    io::Bytes signature;
    if (!encryption.one_pass().empty()) {
        const auto signer = encryption.start_signer();
        signer->add(content);
        signature = signer->finish();
    }
    const auto packets =
        codec::packets_of(content, wrapper.level, {encryption.one_pass(), signature});
    io::ViewSource source{packets};
    io::FdSink file{spool.fd(), name};
    io::DigestSink out{io::Digest::Algorithm::sha1, file};
    encryption.encrypt(source, out);
    return {std::move(spool), out.bytes(), out.hex(), {}, 0};
}

}  // namespace

StoredFile store_stream(io::Source& raw, const Wrapper& wrapper, io::TempFile spool,
                        const std::string& name, codec::WorkerPool& pool, std::size_t chunk_bytes)
{
    const std::size_t in_flight = pool.workers() + 1;
    ChunkStore store{in_flight + 2};
    const auto read_chunk = [&] {
        auto chunk = store.take();
        chunk->buffer.resize(chunk_bytes);
        chunk->bytes = io::read_full(raw, chunk->buffer);
        return chunk;
    };
    auto chunk = read_chunk();
    if (wrapper.form == Form::gpg && chunk->bytes < codec::LiteralFramer::first_chunk_bytes_min) {
        return store_packets(chunk->raw(), wrapper, std::move(spool), name);
    }
    auto writer = make_writer(wrapper, std::move(spool), name, store);
    const auto one_pass =
        wrapper.encryption == nullptr ? io::ByteView{} : wrapper.encryption->one_pass();
    std::deque<std::future<std::unique_ptr<Chunk>>> sealing;
    const auto join_one = [&] {
        auto sealed = sealing.front().get();
        sealing.pop_front();
        writer->add(std::move(sealed));
    };
    for (bool first = true; chunk->bytes > 0; first = false) {
        if (sealing.size() == in_flight) {
            join_one();
        }
        // Shared only because a task has to be copyable, which a unique_ptr is not.
        auto held = std::make_shared<std::unique_ptr<Chunk>>(std::move(chunk));
        sealing.push_back(pool.run([held, wrapper, first, one_pass] {
            seal(**held, wrapper.form, wrapper.level, first, one_pass);
            return std::move(*held);
        }));
        chunk = read_chunk();
    }
    while (!sealing.empty()) {
        join_one();
    }
    writer->close();
    return writer->finish();
}

}  // namespace duplid::volume
