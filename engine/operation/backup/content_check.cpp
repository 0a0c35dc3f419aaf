#include "engine/operation/backup/content_check.hpp"

#include "engine/rdiff/signature.hpp"
#include "storage/io/sink.hpp"

#include <algorithm>

namespace duplid::operation {

namespace {

/// What is mapped of a signature is let go of after so much of the file: 1.5 MB of it.
constexpr std::uint64_t bytes_between_rests = std::uint64_t{256} << 20U;

/// magic, block length, length of a strong sum (archive-format.md 5.2)
constexpr std::size_t signature_head_bytes = 12;

/// The block length that a signature says it has; 0 when it is too short to say.
std::uint32_t block_bytes_of(io::ByteView signature)
{
    if (signature.size() < signature_head_bytes) {
        return 0;
    }
    std::uint32_t bytes = 0;
    for (std::size_t i = 4; i < 8; ++i) {
        bytes = bytes << 8U | std::to_integer<std::uint32_t>(signature[i]);
    }
    return bytes;
}

/// Compares what is written with what is expected, piece by piece.
class Comparison final : public io::Sink {
public:
    explicit Comparison(io::ByteView expected) noexcept : expected_{expected} {}

    void write(io::ByteView bytes) override
    {
        const auto part = expected_.first(std::min(bytes.size(), expected_.size()));
        same_ = same_ && std::ranges::equal(bytes, part);
        expected_ = expected_.subspan(part.size());
    }

    [[nodiscard]] bool same() const noexcept { return same_; }
    [[nodiscard]] bool same_to_the_end() const noexcept { return same_ && expected_.empty(); }

private:
    io::ByteView expected_;
    bool same_ = true;
};

}  // namespace

bool has_content_of(const std::function<io::ByteView()>& next_piece, std::uint64_t bytes,
                    io::SpillBuffer& old_signature)
{
    const auto expected = old_signature.view();
    const auto block = block_bytes_of(expected);
    if (block == 0 || expected.size() != rdiff::signature_bytes(bytes, block)) {
        return false;  // without reading a byte: another length has other blocks
    }
    Comparison comparison{expected};
    rdiff::SignatureMaker maker{block, comparison};
    std::uint64_t since_rest = 0;
    for (auto data = next_piece(); !data.empty() && comparison.same(); data = next_piece()) {
        maker.write(data);
        since_rest += data.size();
        if (since_rest >= bytes_between_rests) {
            old_signature.forget_pages();
            since_rest = 0;
        }
    }
    maker.finish();
    return comparison.same_to_the_end();
}

}  // namespace duplid::operation
