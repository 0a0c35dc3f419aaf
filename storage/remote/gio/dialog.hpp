// What `gio mount` asks, and what it is told.
//
// Format facts (seen with GLib 2.74): a message of some lines, then the prompts "User", "Domain"
// and "Password", as many of them as the mount wants, or numbered choices and the prompt "Choice";
// each may have " [default]" behind it, ends with ": " and waits for a line. An empty line means
// the default. After a wrong password it asks again; at the end of its input it gives up.
#pragma once

#include <string>
#include <string_view>

namespace duplid::gio {

/// A password's line must fit into the 256 bytes that the program has for it.
inline constexpr std::size_t password_bytes_max = 254;

class Dialog {
public:
    /// What to write into its input.
    enum class Reply {
        nothing,   ///< it has not asked
        blank,     ///< an empty line
        user,      ///< the user's name, as a line
        password,  ///< the password, as a line
        hang_up,   ///< the end
    };
    /// Why it was hung up on.
    enum class Trouble { none, no_password, wrong_password, question };

    Dialog(bool knows_user, bool knows_password) noexcept
        : knows_user_{knows_user}, knows_password_{knows_password}
    {
    }

    /// Takes more of what it prints.
    [[nodiscard]] Reply hear(std::string_view output);
    [[nodiscard]] Trouble trouble() const noexcept { return trouble_; }
    /// What it has said beside its prompts, in one line.
    [[nodiscard]] std::string said() const;

private:
    [[nodiscard]] Reply hang_up(Trouble trouble) noexcept;

    bool knows_user_;
    bool knows_password_;
    bool has_told_password_ = false;
    Trouble trouble_ = Trouble::none;
    std::string text_;
};

}  // namespace duplid::gio
