// Times in names: whatever is read can be written in every form and is then read as the same.
#include "engine/naming/time.hpp"
#include "storage/io/error.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace naming = duplid::naming;

namespace {

template <class Print, class Parse>
void check_form(std::int64_t time, Print print, Parse parse)
{
    try {
        if (parse(print(time)) != time) {
            std::abort();
        }
    } catch (const duplid::Error& error) {
        // Not every time has every form.
        if (error.kind() != duplid::Error::Kind::invalid) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const auto time : {naming::parse_time(text), naming::parse_short_time(text)}) {
        if (!time) {
            continue;
        }
        check_form(*time, naming::print_time, naming::parse_time);
        check_form(*time, naming::print_short_time, naming::parse_short_time);
        for (const int minutes : {-750, -570, 0, 345, 840}) {
            check_form(
                *time, [&](std::int64_t at) { return naming::print_old_time(at, ':', minutes); },
                naming::parse_time);
        }
    }
    if (const auto number = naming::parse_base36(text, UINT32_MAX)) {
        if (*number > UINT32_MAX ||
            naming::parse_base36(naming::print_base36(*number), UINT32_MAX) != number) {
            std::abort();
        }
    }
    return 0;
}
