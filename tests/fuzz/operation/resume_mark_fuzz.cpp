// Any text as the journal's mark of a volume: it is one that print() made, or none.
#include "engine/operation/backup/resume_mark.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t bytes)
{
    const std::string_view text{reinterpret_cast<const char*>(data), bytes};
    if (const auto mark = operation::parse_resume_mark(text)) {
        const auto again = operation::parse_resume_mark(operation::print(*mark));
        if (!again || operation::print(*again) != operation::print(*mark) ||
            again->split != mark->split || again->sigtar_bytes != mark->sigtar_bytes) {
            std::abort();
        }
    }
    return 0;
}
