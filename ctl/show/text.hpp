// Small pieces of human output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace duplid::show {

/// `text` with control characters as \xNN, so that a file's name cannot steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// "1 volume", "2 volumes".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace duplid::show
