#include "engine/operation/archive/sigtar_writer.hpp"

#include "engine/volume/store_stream.hpp"
#include "storage/io/error.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace duplid::operation {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;
constexpr std::size_t end_blocks_bytes = 1024;
constexpr std::uint64_t record_bytes = 10240;

}  // namespace

SigtarWriter::SigtarWriter(std::string part_path, std::uint64_t kept_bytes)
    : part_path_{std::move(part_path)},
      file_{io::open_file(part_path_, O_RDWR | O_CREAT | O_NOFOLLOW)}, bytes_{kept_bytes}
{
    const auto length = static_cast<::off_t>(kept_bytes);
    if (::ftruncate(fd(), length) != 0 || ::lseek(fd(), length, SEEK_SET) != length) {
        throw system_error(errno, "preparing", part_path_);
    }
    io::sync_directory(part_path_.substr(0, part_path_.rfind('/')));
    buffer_.reserve(buffer_bytes);
}

void SigtarWriter::flush()
{
    io::write_full(fd(), buffer_, part_path_);
    buffer_.clear();
}

void SigtarWriter::put(io::ByteView bytes)
{
    if (buffer_.size() + bytes.size() > buffer_bytes) {
        flush();
    }
    if (bytes.size() >= buffer_bytes) {
        io::write_full(fd(), bytes, part_path_);
    } else {
        io::append(buffer_, bytes);
    }
    bytes_ += bytes.size();
}

void SigtarWriter::add(volume::MemberKind kind, const std::string& key, tar::Header& header)
{
    header.size = 0;
    volume::put_member_name(volume::Container::sigtar, kind, key, header.type, header.name);
    const auto bytes = tar::encoded_bytes(header);
    if (buffer_.size() + bytes > buffer_bytes) {
        flush();
    }
    tar::append_header(header, buffer_);
    bytes_ += bytes;
}

std::uint64_t SigtarWriter::put_signature_header(const std::string& key, tar::Header& header,
                                                 std::uint64_t bytes)
{
    header.size = bytes;
    volume::put_member_name(volume::Container::sigtar, volume::MemberKind::signature, key,
                            header.type, header.name);
    const auto encoded = tar::encoded_bytes(header);
    if (buffer_.size() + encoded > buffer_bytes) {
        flush();
    }
    tar::append_header(header, buffer_);
    bytes_ += encoded;
    return bytes_;
}

void SigtarWriter::put_padding(std::uint64_t bytes)
{
    static constexpr std::array<std::byte, tar::block_bytes> zeros{};
    put(io::ByteView{zeros}.first(tar::padding_of(bytes)));
}

std::uint64_t SigtarWriter::add_signature(const std::string& key, tar::Header& header,
                                          io::ByteView signature)
{
    const auto offset = put_signature_header(key, header, signature.size());
    put(signature);
    put_padding(signature.size());
    return offset;
}

std::uint64_t SigtarWriter::add_signature(const std::string& key, tar::Header& header,
                                          io::SpillBuffer& signature)
{
    class Body final : public io::Sink {
    public:
        explicit Body(SigtarWriter& writer) : writer_{writer} {}
        void write(io::ByteView bytes) override { writer_.put(bytes); }

    private:
        SigtarWriter& writer_;
    };
    const auto offset = put_signature_header(key, header, signature.bytes());
    Body body{*this};
    signature.copy_to(body);
    put_padding(signature.bytes());
    return offset;
}

void SigtarWriter::sync()
{
    io::sync_file(fd(), part_path_);
}

void SigtarWriter::finish()
{
    static constexpr std::array<std::byte, record_bytes> zeros{};
    put(io::ByteView{zeros}.first(end_blocks_bytes));
    put(io::ByteView{zeros}.first((record_bytes - bytes_ % record_bytes) % record_bytes));
    flush();
}

CachedSigtar pack_sigtar(io::Source& raw, const std::string& path, codec::WorkerPool& pool,
                         std::uint32_t time)
{
    volume::Wrapper wrapper;
    wrapper.form = volume::Form::gzip;
    wrapper.time = time;
    auto stored = volume::store_stream(raw, wrapper, io::TempFile::beside(path, 0666), path, pool,
                                       sigtar_chunk_bytes);
    CachedSigtar cached{std::move(stored.spool), {}};
    std::uint64_t raw_offset = 0;
    std::uint64_t stored_offset = stored.first_offset;
    for (const auto& place : stored.chunks) {
        cached.chunks.push_back({raw_offset, place.raw_bytes, stored_offset, place.stored_bytes});
        raw_offset += place.raw_bytes;
        stored_offset += place.stored_bytes;
    }
    return cached;
}

}  // namespace duplid::operation
