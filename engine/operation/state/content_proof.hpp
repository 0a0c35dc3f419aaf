// Compares content, as it is read, with the signature that was recorded of it.
#pragma once

#include "engine/operation/state/known_state.hpp"
#include "engine/rdiff/signature.hpp"
#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"
#include "storage/io/spill_buffer.hpp"

#include <optional>
#include <string>

namespace duplid::operation {

/// Signatures of the kind that is written today are computed anew and compared byte for byte;
/// others (BLAKE2, RabinKarp, other lengths of sums) prove nothing here. Large ones lie in an
/// unnamed file.
class ContentProof final : public io::Sink {
public:
    /// Reads the signature of the present object of `known`, which outlives this one.
    /// Throws: Error; corrupt among them.
    ContentProof(KnownState& known, std::string temp_directory);

    void write(io::ByteView bytes) override;

    enum class Verdict { same, different, unknown };
    /// Once, when all content came.
    [[nodiscard]] Verdict verdict();

private:
    /// Compares what is written with what is left of the recorded signature.
    class Comparison final : public io::Sink {
    public:
        void expect(io::ByteView bytes) noexcept { left_ = bytes; }
        void write(io::ByteView bytes) override;
        [[nodiscard]] bool is_same() const noexcept { return same_ && left_.empty(); }

    private:
        io::ByteView left_;
        bool same_ = true;
    };

    io::SpillBuffer recorded_;
    Comparison comparison_;
    std::optional<rdiff::SignatureMaker> maker_;
};

}  // namespace duplid::operation
