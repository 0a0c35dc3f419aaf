#include "engine/codec/key_id.hpp"

namespace duplid::codec {

std::optional<std::string> normal_key_id(std::string_view id)
{
    if (id.starts_with("0x") || id.starts_with("0X")) {
        id.remove_prefix(2);
    }
    if (id.size() != 8 && id.size() != 16 && id.size() != 40) {
        return std::nullopt;
    }
    std::string normal;
    for (const char digit : id) {
        if (digit >= '0' && digit <= '9') {
            normal += digit;
        } else if ((digit >= 'A' && digit <= 'F') || (digit >= 'a' && digit <= 'f')) {
            normal += static_cast<char>(digit & ~0x20);
        } else {
            return std::nullopt;
        }
    }
    return normal;
}

}  // namespace duplid::codec
