// Deltas made by librsync, for the kinds of signature that only it can read: other sums than MD4's
// first half, RabinKarp rolling sums (archive-format.md 5.4).
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"

#include <memory>

struct rs_signature;
struct rs_job;

namespace duplid::rdiff {

/// librsync's own table of a signature, which was checked before: 40 to 50 bytes for each block.
/// Used by one thread at a time: librsync counts look-ups in it.
class LibrsyncTable {
public:
    /// Throws: Error corrupt.
    explicit LibrsyncTable(io::ByteView signature);

private:
    friend class LibrsyncDelta;
    struct Free {
        void operator()(rs_signature* signature) const noexcept;
    };
    std::unique_ptr<rs_signature, Free> signature_;
};

class LibrsyncDelta {
public:
    /// Both must outlive this object. `out` is not finished by it.
    LibrsyncDelta(const LibrsyncTable& table, io::Sink& out);

    /// Throws: Error internal if librsync fails; whatever `out` throws.
    void write(io::ByteView bytes);
    void finish();

private:
    struct Free {
        void operator()(rs_job* job) const noexcept;
    };

    void drive(io::ByteView input, bool at_end);

    std::unique_ptr<rs_job, Free> job_;
    io::Sink& out_;
    std::unique_ptr<std::byte[]> output_;
};

}  // namespace duplid::rdiff
