// Everything an invocation says, to people and to programs.
//
// One threshold for the terminal and all machine logs (command-line.md 4.4). Level 0 goes to
// standard error, everything else to standard output, warnings too. Nothing here throws when a
// reader has gone away.
#pragma once

#include "ctl/duplicity/codes.hpp"
#include "ctl/duplicity/machine_log.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::duplicity {

namespace level {
inline constexpr int error = 0;
inline constexpr int warning = 2;
inline constexpr int notice = 3;
inline constexpr int info = 5;
inline constexpr int collection_status = 8;
inline constexpr int debug = 9;
}  // namespace level

using Words = std::vector<std::string>;

class Reporter {
public:
    /// 0 to 9. The default is the reference's: notices are told, infos are not.
    void set_verbosity(int threshold) noexcept { threshold_ = threshold; }
    [[nodiscard]] bool tells(int at_level) const noexcept { return at_level <= threshold_; }
    /// --log-timestamp: time and level in front of each message for people.
    void set_timestamps(bool on) noexcept { timestamps_ = on; }

    /// From now on, records go there too. The descriptor is the caller's, is used as it is and is
    /// closed at the end. false if it cannot be written to.
    [[nodiscard]] bool add_log_descriptor(int descriptor);
    /// Appends. Returns the errno, or 0.
    [[nodiscard]] int add_log_file(const std::string& path);
    [[nodiscard]] bool has_log() const noexcept { return !logs_.empty(); }

    void tell(const Message& message);

    // The common cases.
    void error(ErrorCode code, std::string text, Words words = {});  ///< not fatal
    void warning(WarningCode code, std::string text, Words words = {});
    void warning(std::string text) { warning(WarningCode::generic, std::move(text)); }
    void notice(std::string text);
    void forced_notice(std::string text);
    void info(InfoCode code, std::string text, Words words = {});
    void info(std::string text) { info(InfoCode::generic, std::move(text)); }
    void debug(std::string text);

    /// Only for people, as it is: the progress line's movements.
    void raw(std::string_view bytes);
    /// Records only, for what the terminal shows in a form of its own.
    void record_only(const Message& message);
    void flush();

private:
    void to_people(const Message& message);
    void to_programs(const Message& message);

    int threshold_ = level::notice;
    bool timestamps_ = false;
    std::vector<MachineLog> logs_;
};

}  // namespace duplid::duplicity
