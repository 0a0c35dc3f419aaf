// Writes a sigtar to anywhere. (SigtarWriter is for those of archives, which have a place in the
// cache and can be gone on with.)
//
// Format facts: archive-format.md 5.1.
#pragma once

#include "engine/tar/header.hpp"
#include "engine/volume/member.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>
#include <string>

namespace duplid::operation {

/// What makes a stream of tar entries a tar, behind `bytes` of entries: zeros up to the end of a
/// record. Like rdiffdir, and unlike tar(1), that may be a single block (archive-format.md 4.5).
void end_tar(std::uint64_t bytes, io::Sink& out);

/// Keeps some 256 KiB back, so that pipes see large writes. One thread.
class SigtarSink {
public:
    /// `out` outlives this object and is not finished by it.
    explicit SigtarSink(io::Sink& out) : out_{out} {}

    /// `data` is empty for anything but a signature. Sets the header's name and size.
    void add(volume::MemberKind kind, const std::string& key, tar::Header& header,
             io::ByteView data = {});
    void finish();

private:
    void flush();

    io::Sink& out_;
    io::Bytes buffer_;
    std::uint64_t bytes_ = 0;
};

}  // namespace duplid::operation
