// Any bytes as a signature: a table or an Error, nothing else; and with a table, however senseless
// its sums, a delta can be made.
#include "engine/rdiff/delta.hpp"
#include "storage/io/error.hpp"

#include <cstdlib>
#include <optional>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto signature = std::as_bytes(std::span{data, size});
    io::SpillBuffer spilled{io::default_temp_directory()};
    spilled.write(signature);
    std::optional<rdiff::SignatureTable> table;
    try {
        table.emplace(spilled, io::default_temp_directory());
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::corrupt) {
            std::abort();
        }
        return 0;
    }
    io::MemorySink out;
    rdiff::DeltaMaker maker{*table, out};
    maker.write(signature);
    maker.write(signature.first(size / 2));
    maker.finish();
    return 0;
}
