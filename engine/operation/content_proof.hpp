// Compares content, as it is read, with the signature that was recorded of it.
#pragma once

#include "engine/operation/known_state.hpp"
#include "engine/rdiff/signature.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"

#include <optional>

namespace duplid::operation {

/// Signatures of the kind that is written today are computed anew and compared byte for byte;
/// others (BLAKE2, RabinKarp, other lengths of sums) prove nothing here. Memory grows with the
/// file: 6 MB for each GB.
class ContentProof final : public io::Sink {
public:
    /// Reads the signature of the present object of `known`, which outlives this one.
    /// Throws: Error corrupt.
    explicit ContentProof(KnownState& known);

    void write(io::ByteView bytes) override;

    enum class Verdict { same, different, unknown };
    /// Once, when all content came.
    [[nodiscard]] Verdict verdict();

private:
    io::Bytes recorded_;
    io::Bytes computed_;
    std::optional<rdiff::SignatureMaker> maker_;
};

}  // namespace duplid::operation
