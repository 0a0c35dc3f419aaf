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

StoredFile store_chunks(const std::function<bool(Chunk&)>& fill, const Wrapper& wrapper,
                        io::TempFile spool, const std::string& name, codec::WorkerPool& pool)
{
    const std::size_t in_flight = pool.workers() + 1;
    ChunkStore store{in_flight + 2};
    auto writer = make_writer(wrapper, std::move(spool), name, store);
    const auto one_pass =
        wrapper.encryption == nullptr ? io::ByteView{} : wrapper.encryption->one_pass();
    std::deque<std::future<std::unique_ptr<Chunk>>> sealing;
    const auto join_one = [&] {
        auto sealed = sealing.front().get();
        sealing.pop_front();
        writer->add(std::move(sealed));
    };
    for (bool first = true;; first = false) {
        auto chunk = store.take();
        if (!fill(*chunk)) {
            break;
        }
        if (sealing.size() == in_flight) {
            join_one();
        }
        // Shared only because a task has to be copyable, which a unique_ptr is not.
        auto held = std::make_shared<std::unique_ptr<Chunk>>(std::move(chunk));
        sealing.push_back(pool.run([held, wrapper, first, one_pass] {
            seal(**held, wrapper.form, wrapper.level, first, one_pass);
            return std::move(*held);
        }));
    }
    while (!sealing.empty()) {
        join_one();
    }
    writer->close();
    return writer->finish();
}

StoredFile store_stream(io::Source& raw, const Wrapper& wrapper, io::TempFile spool,
                        const std::string& name, codec::WorkerPool& pool, std::size_t chunk_bytes)
{
    io::Bytes first(chunk_bytes);
    first.resize(io::read_full(raw, first));
    if (wrapper.form == Form::gpg && first.size() < codec::LiteralFramer::first_chunk_bytes_min) {
        return store_packets(first, wrapper, std::move(spool), name);
    }
    const auto fill = [&](Chunk& chunk) {
        if (!first.empty()) {
            chunk.buffer = std::exchange(first, {});
            chunk.bytes = chunk.buffer.size();
        } else {
            chunk.buffer.resize(chunk_bytes);
            chunk.bytes = io::read_full(raw, chunk.buffer);
        }
        return chunk.bytes > 0;
    };
    return store_chunks(fill, wrapper, std::move(spool), name, pool);
}

}  // namespace duplid::volume
