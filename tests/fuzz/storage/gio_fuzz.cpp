// Any text as what the gio program prints, and as a URL for it.
#include "storage/io/error.hpp"
#include "storage/remote/gio/dialog.hpp"
#include "storage/remote/gio/listing.hpp"
#include "storage/remote/gio/location.hpp"
#include "storage/remote/gio/words.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

void locate(std::string_view text)
{
    try {
        const auto location = gio::locate(text);
        require(std::ranges::all_of(location.uri, [](char c) { return c > ' ' && c < '\x7f'; }));
        require(location.uri.find("://") != std::string::npos);
        require(location.uri.find_first_of("?#") == std::string::npos);
        // What was handed on is taken apart to itself.
        require(gio::locate(location.uri).uri == location.uri);
    } catch (const Error& error) {
        require(error.kind() == Error::Kind::invalid);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const bool names_are_titles : {false, true}) {
        for (const auto& entry : gio::parse_listing(text, names_are_titles)) {
            require(!entry.file.name.empty() && entry.file.name.find('/') == std::string::npos);
        }
    }
    (void)gio::number_in_info(text, "standard::size");
    require(!gio::complaint_in(text).empty());
    (void)gio::meaning_of(text);
    gio::Dialog dialog{true, true};
    (void)dialog.hear(text.substr(0, size / 2));
    (void)dialog.hear(text.substr(size / 2));
    require(dialog.said().find('\n') == std::string::npos);
    locate(text);
    return 0;
}
