// Records of the machine log (--log-fd, --log-file): their grammar, and files they are written to.
//
// Grammar and quoting: command-line.md 4.1.
#pragma once

#include "ctl/process/fd.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::duplicity {

/// A message with all that the log and the terminal make of it.
struct Message {
    /// 0 error, 2 warning, 3 notice, 5 info, 8 collection status, 9 debug: it is told when this is
    /// not above the threshold, and decides the record's keyword.
    int level = 0;
    int code = 1;
    std::vector<std::string> words;    ///< behind the number, quoted already where need be
    std::vector<std::string> payload;  ///< lines without a dot before the text (INFO 3 only)
    std::string text;                  ///< any bytes; empty: nothing for people, and no text lines
    bool forced = false;               ///< told whatever the threshold
};

/// "ERROR", "WARNING", "NOTICE", "INFO" or "DEBUG" for a level.
[[nodiscard]] std::string_view keyword(int level) noexcept;

/// A name as a word of the control line: in quotes, with escapes for all but printable ASCII.
/// Bytes that are no UTF-8 become \udcXX.
[[nodiscard]] std::string quoted(std::string_view name);

/// The whole record with its empty line. Valid UTF-8, whatever the text was.
[[nodiscard]] std::string record(const Message& message);

/// One destination. Errors of writing are not told: there is nobody to tell them to.
class MachineLog {
public:
    explicit MachineLog(ctl::Fd file) noexcept : file_{std::move(file)} {}
    void write(std::string_view record) noexcept;

private:
    ctl::Fd file_;
};

}  // namespace duplid::duplicity
