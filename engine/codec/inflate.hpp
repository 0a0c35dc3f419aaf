// Reading deflated bytes back: gzip files, bare deflate streams, single chunks.
#pragma once

#include "engine/codec/engine.hpp"
#include "storage/io/source.hpp"

#include <cstdint>
#include <memory>

namespace duplid::codec {

class InflateStream;

/// The content of a gzip file. Accepts all that duplicity 0.8.22 accepts (archive-format.md 9):
/// any header fields, several members, empty members, zero bytes behind the last member.
///
/// CRC and length of a member are checked at its end, so bytes are handed out before they were
/// checked: a caller trusts nothing before read() has returned 0.
class GunzipSource final : public io::Source {
public:
    /// `compressed` must outlive this object; it is read ahead of what is needed.
    explicit GunzipSource(io::Source& compressed, Engine engine = fastest_engine());
    ~GunzipSource() override;

    /// Throws: Error corrupt on damage, on truncation, on an empty file, and on anything but
    /// zeros behind a member; whatever `compressed` throws.
    std::size_t read(io::ByteSpan into) override;

private:
    enum class Where { before_first_member, in_member, between_members, at_end };

    [[nodiscard]] bool open_member();
    void close_member();

    std::unique_ptr<InflateStream> stream_;
    Where where_ = Where::before_first_member;
    std::uint32_t crc32_ = 0;
    std::uint64_t member_bytes_ = 0;
};

/// The content of one bare deflate stream that begins at the front of `compressed` and may be
/// followed by something else.
class InflateSource final : public io::Source {
public:
    /// `compressed` must outlive this object.
    explicit InflateSource(io::Source& compressed, Engine engine = fastest_engine());
    ~InflateSource() override;

    /// Throws: Error corrupt on damage, and when `compressed` ends before the stream does;
    /// whatever `compressed` throws.
    std::size_t read(io::ByteSpan into) override;

    /// How many bytes of `compressed` the stream took so far; exact once read() has returned 0.
    [[nodiscard]] std::uint64_t consumed_bytes() const noexcept;

    /// Once read() has returned 0: reads what follows the stream in `compressed`, beginning with
    /// what was read ahead. 0 means the end.
    std::size_t read_behind(io::ByteSpan into);

private:
    std::unique_ptr<InflateStream> stream_;
};

/// The `raw_bytes` bytes that one chunk of ChunkDeflater was made of. `stored` may include the
/// `stream_end` of the last chunk. Nothing beyond `raw_bytes` is allocated, nor that for a claim
/// which `stored` cannot fulfil.
/// Throws: Error corrupt when it does not inflate, or not to that many bytes.
[[nodiscard]] io::Bytes inflate_chunk(io::ByteView stored, std::size_t raw_bytes,
                                      Engine engine = fastest_engine());

}  // namespace duplid::codec
