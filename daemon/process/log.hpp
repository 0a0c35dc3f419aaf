// The daemon's own log: entries of the journal when a service's standard error leads there, lines
// on standard error otherwise.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace duplid::daemon {

enum class LogLevel { error = 3, warning = 4, info = 6 };

/// What an entry is about, for programs that look for it: each class but `other` has a word
/// (DUPLID_EVENT) and a MESSAGE_ID of its own, which stay what they are. duplid.8 and
/// systemd/duplid.catalog explain them.
enum class LogClass {
    other,
    success,  ///< of a job's run; the next three likewise
    failure,
    cancelled,
    stale,          ///< a job's last good backup has become too old
    recovered,      ///< and is not any more
    notice_output,  ///< what a program said that was told of one of these
    notice_failed,  ///< somebody could not be told
    not_started,    ///< a job's task, though its time had come
    settings,       ///< something wrong in a file of the configuration
    history,        ///< what is remembered of runs could not be read or kept
    run_hangs,      ///< the watchdog is not fed any more
    late_end,       ///< the process ended before its runs did
};

/// A fact beside the text: a field of the entry.
struct LogField {
    std::string_view name;  ///< DUPLID_ and capital letters
    std::string value;      ///< any bytes; of none, the field is left out
};

/// One line. Without a journal the fields are left out: what people need to know is in the text.
void log(LogLevel level, LogClass what, std::string_view text,
         std::span<const LogField> fields = {}) noexcept;
void log(LogLevel level, std::string_view text) noexcept;

}  // namespace duplid::daemon
