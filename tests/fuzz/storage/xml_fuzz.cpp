// Any text as a server's XML answer: it becomes a tree of bounded depth and size, or is refused.
#include "storage/io/error.hpp"
#include "storage/remote/http/xml.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace duplid;

namespace {

constexpr std::size_t depth_max = 64;
constexpr std::size_t nodes_max = 1000;

std::size_t count(const http::XmlNode& node, std::size_t depth)
{
    if (depth > depth_max || node.name.empty()) {
        std::abort();
    }
    std::size_t nodes = 1;
    for (const auto& child : node.children) {
        nodes += count(child, depth + 1);
    }
    return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try {
        const auto root = http::parse_xml(text, "object", nodes_max);
        if (count(root, 1) > nodes_max) {
            std::abort();
        }
        // What is printed as text is read as that text.
        if (http::parse_xml("<x>" + http::xml_escaped(root.text) + "</x>", "object").text !=
                root.text &&
            root.text.find('\r') == std::string::npos) {
            std::abort();
        }
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::unreachable) {
            std::abort();
        }
    }
    return 0;
}
