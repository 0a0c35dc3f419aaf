#include "ctl/show/text.hpp"

#include <fmt/format.h>

namespace duplid::show {

namespace {

/// Bytes of the control character that `text` begins with: ASCII's, or one of U+0080 to U+009F,
/// which terminals obey, too. 0: it begins with something harmless.
std::size_t control_bytes(std::string_view text) noexcept
{
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x20 || byte(0) == 0x7f) {
        return 1;
    }
    return text.size() > 1 && byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f ? 2 : 0;
}

}  // namespace

std::string printable(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto bytes = control_bytes(text);
        for (std::size_t i = 0; i < bytes; ++i) {
            result += fmt::format("\\x{:02x}",
                                  static_cast<unsigned>(static_cast<unsigned char>(text[i])));
        }
        if (bytes == 0) {
            result += text.front();
        }
        text.remove_prefix(bytes == 0 ? 1 : bytes);
    }
    return result;
}

std::string counted(std::uint64_t count, std::string_view noun)
{
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace duplid::show
