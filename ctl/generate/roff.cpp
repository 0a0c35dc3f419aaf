#include "ctl/generate/roff.hpp"

namespace duplid::generate {

std::string roff(std::string_view text)
{
    std::string result;
    if (text.starts_with('.') || text.starts_with('\'')) {
        result = "\\&";
    }
    for (const char c : text) {
        if (c == '\\') {
            result += "\\e";
        } else if (c == '-') {
            result += "\\-";
        } else {
            result += c;
        }
    }
    return result;
}

}  // namespace duplid::generate
