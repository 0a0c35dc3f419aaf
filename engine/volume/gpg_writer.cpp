#include "engine/volume/gpg_writer.hpp"

#include "engine/codec/packet.hpp"
#include "engine/volume/seal.hpp"
#include "storage/io/error.hpp"

#include <algorithm>
#include <utility>

namespace duplid::volume {

namespace {

constexpr std::size_t tar_end_bytes = 1024;

std::size_t take_front(io::ByteView& from, io::ByteSpan into)
{
    const auto bytes = std::min(from.size(), into.size());
    std::copy_n(from.begin(), bytes, into.begin());
    from = from.subspan(bytes);
    return bytes;
}

/// Form::gpg: the inner packets. The content passes the signer, if there is one, on its way.
class PacketStream final : public io::Source {
public:
    PacketStream(ChunkPipe& pipe, codec::Encryptor& encryption) : pipe_{pipe}
    {
        if (!encryption.one_pass().empty()) {
            signer_ = encryption.start_signer();
        }
    }

    std::size_t read(io::ByteSpan into) override
    {
        while (left_.empty()) {
            if (ended_) {
                return 0;
            }
            if (const auto* chunk = pipe_.next()) {
                if (signer_) {
                    signer_->add(chunk->raw());
                }
                left_ = chunk->deflated.bytes;
            } else {
                end_packets();
            }
        }
        return take_front(left_, into);
    }

private:
    void end_packets()
    {
        ended_ = true;
        left_ = codec::literal_packet_end;
        if (signer_) {
            end_ = codec::signed_packet_end(signer_->finish());
            left_ = end_;
        }
    }

    ChunkPipe& pipe_;
    std::unique_ptr<codec::Signer> signer_;
    io::ByteView left_ = codec::compressed_packet_head;
    io::Bytes end_;
    bool ended_ = false;
};

/// Form::gpg_content: the bare bytes.
class ContentStream final : public io::Source {
public:
    explicit ContentStream(ChunkPipe& pipe) : pipe_{pipe} {}

    std::size_t read(io::ByteSpan into) override
    {
        while (left_.empty()) {
            const auto* chunk = pipe_.next();
            if (chunk == nullptr) {
                return 0;
            }
            left_ = chunk->raw();
        }
        return take_front(left_, into);
    }

private:
    ChunkPipe& pipe_;
    io::ByteView left_;
};

}  // namespace

GpgWriter::GpgWriter(const Wrapper& wrapper, io::TempFile spool, std::string name,
                     ChunkStore& store)
    : wrapper_{wrapper}, spool_{std::move(spool)}, file_{spool_.fd(), std::move(name)},
      out_{io::Digest::Algorithm::sha1, file_}, pipe_{store}, thread_{[this] { run(); }}
{
}

GpgWriter::~GpgWriter()
{
    if (thread_.joinable()) {
        pipe_.fail(std::make_exception_ptr(
            Error{Error::Kind::cancelled, "a file was given up before it was complete"}));
        thread_.join();
    }
}

void GpgWriter::add(std::unique_ptr<Chunk> chunk)
{
    empty_ = false;
    if (!pipe_.push(std::move(chunk))) {
        // gpg has failed: say so now, not at the end of the volume.
        thread_.join();
        std::rethrow_exception(failure_);
    }
}

void GpgWriter::close()
{
    if (wrapper_.tar_end) {
        end_tar();
    }
    pipe_.close();
}

StoredFile GpgWriter::finish()
{
    if (thread_.joinable()) {
        thread_.join();
    }
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    return {std::move(spool_), out_.bytes(), out_.hex(), {}, 0};
}

void GpgWriter::end_tar()
{
    auto end = std::make_unique<Chunk>();
    end->buffer.resize(tar_end_bytes);
    end->bytes = tar_end_bytes;
    seal(*end, wrapper_.form, wrapper_.level, empty_, wrapper_.encryption->one_pass());
    pipe_.push_own(std::move(end));
}

void GpgWriter::run() noexcept
{
    try {
        if (wrapper_.form == Form::gpg) {
            PacketStream packets{pipe_, *wrapper_.encryption};
            wrapper_.encryption->encrypt(packets, out_);
        } else {
            ContentStream content{pipe_};
            wrapper_.encryption->encrypt_content(content, out_);
        }
    } catch (...) {
        failure_ = std::current_exception();
    }
    pipe_.abandon();
}

}  // namespace duplid::volume
