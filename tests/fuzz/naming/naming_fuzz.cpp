// File names: whatever is read can be written in every style and is then read as the same.
#include "engine/naming/index.hpp"
#include "engine/naming/name.hpp"
#include "storage/io/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace naming = duplid::naming;

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

void check_name(std::string_view text)
{
    (void)naming::set_of_statistics(text, {});
    const auto name = naming::parse(text, {});
    if (!name) {
        return;
    }
    require(naming::has_our_head(text, {}));
    require(naming::parse(naming::print(*name, {}), {}) == name);
    // Short names have no times before 1970; old names lack some of the last hours of 2099.
    using naming::Style;
    for (const Style style : {Style::short_names, Style::old_names}) {
        try {
            require(naming::parse(naming::print(*name, {.style = style}), {}) == name);
        } catch (const duplid::Error& error) {
            require(error.kind() == duplid::Error::Kind::invalid);
        }
    }
}

void check_index(std::string_view text)
{
    try {
        const auto key = naming::key_of_path(text);
        require(naming::key_of_path(naming::path_of_key(key)) == key);
        require(naming::is_at_or_below(key, naming::parent_of(key)));
        require(naming::first_components(key, naming::depth_of(key)) == key);
    } catch (const duplid::Error& error) {
        require(error.kind() == duplid::Error::Kind::corrupt);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    check_name(text);
    check_index(text);
    return 0;
}
