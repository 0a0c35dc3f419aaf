#include "ctl/show/message.hpp"

#include "ctl/show/text.hpp"

#include <fmt/format.h>

namespace duplid::show {

std::string cause_and_object(const proto::RpcError& error)
{
    auto text = printable(error.cause);
    // Many causes name their object already.
    if (!error.object.empty() && error.cause.find(error.object) == std::string::npos) {
        text += ": " + printable(error.object);
    }
    return text;
}

std::string message(std::string_view severity, const proto::RpcError& error, const Style& style)
{
    const auto paint = severity == "error" ? Paint::bad : Paint::warning;
    auto text =
        fmt::format("duplictl: {}: {}\n", style.paint(paint, severity), cause_and_object(error));
    if (!error.hint.empty()) {
        text += "  " + printable(error.hint) + "\n";
    }
    return text;
}

}  // namespace duplid::show
