// What gpg says and what stands before and around its messages, of any bytes and in any pieces.
#include "engine/codec/gpg_options.hpp"
#include "engine/codec/gpg_status.hpp"
#include "engine/codec/message_head.hpp"
#include "tests/fuzz/codec/outcome.hpp"

using namespace duplid;
using namespace duplid::codec;

namespace {

/// Any piece of it may be refused, and nothing else may happen.
template <class Work>
void try_it(Work work)
{
    try {
        work();
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::internal) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 1) {
        return 0;
    }
    const io::ByteView input{reinterpret_cast<const std::byte*>(data + 1), size - 1};
    const std::size_t portion = 1U + data[0];
    const auto recipients = [&](std::size_t step) {
        PortionedSource source{input, step};
        const auto found = recipients_of(source);
        return found ? std::optional{found->keys} : std::nullopt;
    };
    if (recipients(SIZE_MAX) != recipients(portion)) {
        std::abort();
    }
    static_cast<void>(one_pass_for(input));

    try_it([&] {
        StatusReader reader;
        for (auto left = input; !left.empty();) {
            const auto piece = left.first(std::min(portion, left.size()));
            reader.add(piece);
            left = left.subspan(piece.size());
        }
    });
    try_it([&] { check_gpg_options(split_gpg_options(io::text_of(input))); });
    return 0;
}
