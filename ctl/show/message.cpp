#include "ctl/show/message.hpp"

#include "ctl/show/text.hpp"

#include <fmt/format.h>

namespace duplid::show {

std::string message(std::string_view severity, const proto::RpcError& error)
{
    auto text = fmt::format("duplictl: {}: {}", severity, printable(error.cause));
    // Many causes name their object already.
    if (!error.object.empty() && error.cause.find(error.object) == std::string::npos) {
        text += ": " + printable(error.object);
    }
    text += '\n';
    if (!error.hint.empty()) {
        text += "  " + printable(error.hint) + "\n";
    }
    return text;
}

}  // namespace duplid::show
