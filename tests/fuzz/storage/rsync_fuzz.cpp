// Any text as a listing that rsync prints.
#include "storage/remote/rsync/listing.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    for (const auto& listed : rsync::parse_listing({reinterpret_cast<const char*>(data), size})) {
        if (listed.name.empty() ||
            listed.name.find_first_of(std::string_view{"/\0", 2}) != std::string::npos) {
            std::abort();
        }
    }
    return 0;
}
