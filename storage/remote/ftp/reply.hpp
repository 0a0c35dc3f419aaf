// What FTP servers answer to commands (RFC 959, 4.2), and what it means for whoever asked.
#pragma once

#include "storage/io/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace duplid::ftp {

/// The last line of an answer, which is the whole of most.
struct Reply {
    int code = 0;
    std::string text;  ///< behind the code, printable

    [[nodiscard]] bool is_good() const noexcept { return code >= 200 && code < 300; }
    /// The command does not exist there.
    [[nodiscard]] bool is_unknown_command() const noexcept
    {
        return code == 500 || code == 502 || code == 504;
    }
};

/// Nothing for a line that is none, or that others of the same answer will follow.
[[nodiscard]] std::optional<Reply> parse_reply(std::string_view line);

/// The kinds of backends.md 3.4. 550 says no more than "not done", so its kind depends on what was
/// asked: the caller gives it.
[[nodiscard]] Error::Kind kind_of(int code, Error::Kind of_550) noexcept;

}  // namespace duplid::ftp
