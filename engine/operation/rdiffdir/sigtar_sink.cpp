#include "engine/operation/rdiffdir/sigtar_sink.hpp"

namespace duplid::operation {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;
constexpr std::uint64_t record_bytes = 20 * tar::block_bytes;

}  // namespace

void end_tar(std::uint64_t bytes, io::Sink& out)
{
    out.write(io::Bytes(record_bytes - bytes % record_bytes));
}

void SigtarSink::add(volume::MemberKind kind, const std::string& key, tar::Header& header,
                     io::ByteView data)
{
    header.size = data.size();
    volume::put_member_name(volume::Container::sigtar, kind, key, header.type, header.name);
    tar::append_header(header, buffer_);
    bytes_ += tar::encoded_bytes(header) + data.size() + tar::padding_of(data.size());
    if (data.size() >= buffer_bytes) {
        flush();
        out_.write(data);
    } else {
        io::append(buffer_, data);
    }
    buffer_.resize(buffer_.size() + tar::padding_of(data.size()));
    if (buffer_.size() >= buffer_bytes) {
        flush();
    }
}

void SigtarSink::flush()
{
    out_.write(buffer_);
    buffer_.clear();
}

void SigtarSink::finish()
{
    flush();
    end_tar(bytes_, out_);
}

}  // namespace duplid::operation
