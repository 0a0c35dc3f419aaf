#include "daemon/process/log.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>
#include <vector>

namespace duplid::daemon {

namespace {

struct ClassRow {
    LogClass what;
    std::string_view word;
    std::string_view message_id;
};

constexpr std::array class_rows{
    ClassRow{LogClass::success, "success", "d99f689842e84677beba768bd655a271"},
    ClassRow{LogClass::failure, "failure", "5679e1613952460bb9ab7c7178f11327"},
    ClassRow{LogClass::cancelled, "cancelled", "fb4478268b3d4c82a0f9fa0a47118e1e"},
    ClassRow{LogClass::stale, "stale", "65fdd0ebee9044ae877ad559249d38c3"},
    ClassRow{LogClass::recovered, "recovered", "03e924c687bf4075a8b8d32658178a23"},
    ClassRow{LogClass::notice_output, "notice-output", "5cc33d50a5984426a16bbe595eb5a5b4"},
    ClassRow{LogClass::notice_failed, "notice-failed", "a19043915dc04104bf171852e1a2e832"},
    ClassRow{LogClass::not_started, "not-started", "7317037a06e04983aed703bcf8d76961"},
    ClassRow{LogClass::settings, "settings", "a97ae367c9bb471b9acac43c34e3c36d"},
    ClassRow{LogClass::history, "history", "e1dcd67c4de44d6a96c38aeb2f4494f0"},
    ClassRow{LogClass::run_hangs, "run-hangs", "6351da6431994aac8687d66f0cbcacec"},
    ClassRow{LogClass::late_end, "late-end", "7f49835004954941bf74615d119343fd"},
};

/// systemd.exec(5), $JOURNAL_STREAM: device and inode of the stream that the service manager gave
/// to the journal. It is inherited by those whose standard error leads elsewhere, too.
bool leads_to_journal(int descriptor)
{
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    return stream != nullptr && ::fstat(descriptor, &status) == 0 &&
           std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino) == stream;
}

/// Returns whether the journal has it. Values may hold newlines: the library sends such fields with
/// their length (the journal's native protocol).
bool send_to_journal(LogLevel level, LogClass what, const std::string& line,
                     std::span<const LogField> fields)
{
    std::vector<std::string> texts{"MESSAGE=" + line,
                                   "PRIORITY=" + std::to_string(static_cast<int>(level))};
    const auto row = std::ranges::find(class_rows, what, &ClassRow::what);
    if (row != class_rows.end()) {
        texts.push_back("MESSAGE_ID=" + std::string{row->message_id});
        texts.push_back("DUPLID_EVENT=" + std::string{row->word});
    }
    for (const auto& field : fields) {
        if (!field.value.empty()) {
            texts.push_back(std::string{field.name} + "=" + field.value);
        }
    }
    std::vector<iovec> parts;
    parts.reserve(texts.size());
    for (auto& text : texts) {
        parts.push_back({text.data(), text.size()});
    }
    return sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) == 0;
}

}  // namespace

void log(LogLevel level, LogClass what, std::string_view text,
         std::span<const LogField> fields) noexcept
{
    try {
        static const bool to_journal = leads_to_journal(STDERR_FILENO);
        std::string line{text};
        // Names of files may hold newlines; a line stays a line.
        std::replace(line.begin(), line.end(), '\n', ' ');
        if (to_journal && send_to_journal(level, what, line, fields)) {
            return;
        }
        // sd-daemon(3): <N> at the front of a line is its priority.
        line.insert(0, to_journal ? "<" + std::to_string(static_cast<int>(level)) + ">"
                                  : std::string{"duplid: "});
        line += '\n';
        // One call, so that lines of several threads do not mix.
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    } catch (const std::exception&) {
        // There is nobody to tell.
    }
}

void log(LogLevel level, std::string_view text) noexcept
{
    log(level, LogClass::other, text);
}

}  // namespace duplid::daemon
