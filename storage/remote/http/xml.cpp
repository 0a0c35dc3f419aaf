#include "storage/remote/http/xml.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <expat.h>
#include <fmt/format.h>
#include <limits>
#include <memory>

namespace duplid::http {

namespace {

constexpr std::size_t depth_max = 64;
/// Between a namespace and a name: in no URI and no name.
constexpr char separator = '\n';

struct ParserEnd {
    void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
};

class Builder {
public:
    Builder(XML_Parser parser, std::size_t nodes_max) : parser_{parser}, nodes_left_{nodes_max}
    {
        XML_SetUserData(parser, this);
        XML_SetElementHandler(parser, &Builder::on_start, &Builder::on_end);
        XML_SetCharacterDataHandler(parser, &Builder::on_text);
        XML_SetEntityDeclHandler(parser, &Builder::on_entity);
    }

    /// What stands below the document itself.
    [[nodiscard]] XmlNode take() { return std::move(open_.front()); }
    [[nodiscard]] const char* refusal() const noexcept { return refusal_; }

private:
    static void on_start(void* self, const XML_Char* name, const XML_Char** /*attributes*/)
    {
        static_cast<Builder*>(self)->start(name);
    }
    static void on_end(void* self, const XML_Char* /*name*/)
    {
        auto& builder = *static_cast<Builder*>(self);
        // expat tells the end of an empty element also when its start was refused.
        if (builder.refusal_ != nullptr) {
            return;
        }
        auto& open = builder.open_;
        auto done = std::move(open.back());
        open.pop_back();
        open.back().children.push_back(std::move(done));
    }
    static void on_text(void* self, const XML_Char* text, int bytes)
    {
        static_cast<Builder*>(self)->open_.back().text.append(text,
                                                              static_cast<std::size_t>(bytes));
    }
    static void on_entity(void* self, const XML_Char* /*name*/, int /*parameter*/,
                          const XML_Char* /*value*/, int /*bytes*/, const XML_Char* /*base*/,
                          const XML_Char* /*system*/, const XML_Char* /*public_id*/,
                          const XML_Char* /*notation*/)
    {
        static_cast<Builder*>(self)->refuse("it declares entities");
    }

    void start(std::string_view name)
    {
        if (open_.size() > depth_max) {
            return refuse("it is nested too deeply");
        }
        if (nodes_left_-- == 0) {
            return refuse("it is too large");
        }
        XmlNode node;
        const auto end = name.find(separator);
        if (end != std::string_view::npos) {
            node.space = name.substr(0, end);
            name.remove_prefix(end + 1);
        }
        node.name = name;
        open_.push_back(std::move(node));
    }

    void refuse(const char* why)
    {
        refusal_ = why;
        XML_StopParser(parser_, XML_FALSE);
    }

    XML_Parser parser_;
    std::size_t nodes_left_;
    std::vector<XmlNode> open_{XmlNode{}};
    const char* refusal_ = nullptr;
};

}  // namespace

const XmlNode* XmlNode::child(std::string_view child_name) const noexcept
{
    const auto found =
        std::ranges::find_if(children, [&](const XmlNode& one) { return one.name == child_name; });
    return found == children.end() ? nullptr : &*found;
}

std::string_view XmlNode::text_of(std::string_view child_name) const noexcept
{
    const auto* const found = child(child_name);
    return found == nullptr ? std::string_view{} : found->text;
}

XmlNode parse_xml(std::string_view text, const std::string& object, std::size_t nodes_max)
{
    const std::unique_ptr<XML_ParserStruct, ParserEnd> parser{
        XML_ParserCreateNS(nullptr, separator)};
    if (!parser || text.size() > std::size_t{std::numeric_limits<int>::max()}) {
        throw Error{Error::Kind::internal, "an XML answer that cannot be held", object};
    }
    Builder builder{parser.get(), nodes_max};
    const auto status =
        XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (status != XML_STATUS_OK) {
        const auto* const why = builder.refusal() != nullptr
                                    ? builder.refusal()
                                    : XML_ErrorString(XML_GetErrorCode(parser.get()));
        throw Error{Error::Kind::unreachable,
                    fmt::format("the server's answer is not the XML that it should be: {}", why),
                    object};
    }
    auto document = builder.take();
    return std::move(document.children.front());
}

std::string xml_escaped(std::string_view text)
{
    std::string escaped;
    for (const char c : text) {
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        case '\'':
            escaped += "&apos;";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

}  // namespace duplid::http
