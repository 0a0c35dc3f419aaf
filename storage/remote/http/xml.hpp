// XML replies of servers, as a small tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace duplid::http {

struct XmlNode {
    std::string name;   ///< without its prefix
    std::string space;  ///< the namespace's URI; empty: none
    std::string text;   ///< all character data directly below, joined
    std::vector<XmlNode> children;

    /// The first child of that name, in whatever namespace; null when there is none.
    [[nodiscard]] const XmlNode* child(std::string_view child_name) const noexcept;
    /// The text of that child; empty when there is none.
    [[nodiscard]] std::string_view text_of(std::string_view child_name) const noexcept;
    [[nodiscard]] bool is(std::string_view other_space, std::string_view other_name) const noexcept
    {
        return name == other_name && space == other_space;
    }
};

/// Input is hostile: declarations of entities, more than 64 levels and more than `nodes_max` nodes
/// are refused. Throws: Error unreachable, naming `object`, for anything that is not well-formed:
/// most often a proxy's page, which may be gone the next time.
[[nodiscard]] XmlNode parse_xml(std::string_view text, const std::string& object,
                                std::size_t nodes_max = 200'000);

/// `text` with & < > " ' as entities.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace duplid::http
