// Words of a command line that are little languages of their own: times and sizes.
#include "ctl/text/size_text.hpp"
#include "ctl/text/time_text.hpp"

#include <cstdint>
#include <string_view>

using namespace duplid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    constexpr std::int64_t now = 1'700'000'000;
    static_cast<void>(ctl::parse_time(text, now));
    static_cast<void>(ctl::parse_time(text, now, '_'));
    static_cast<void>(ctl::parse_size(text));
    return 0;
}
