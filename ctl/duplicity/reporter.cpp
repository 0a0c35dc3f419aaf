#include "ctl/duplicity/reporter.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <utility>

namespace duplid::duplicity {

namespace {

/// "2026-11-21 21:18:14,063 NOTICE ", local time.
std::string timestamp(int at_level)
{
    using std::chrono::duration_cast;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto milliseconds = duration_cast<std::chrono::milliseconds>(now).count() % 1000;
    const auto seconds = static_cast<std::time_t>(duration_cast<std::chrono::seconds>(now).count());
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03} {} ", local.tm_year + 1900,
                       local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                       milliseconds, keyword(at_level));
}

}  // namespace

bool Reporter::add_log_descriptor(int descriptor)
{
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        return false;
    }
    // No child may hold it, or its reader would never see its end.
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    logs_.emplace_back(ctl::Fd{descriptor});
    return true;
}

int Reporter::add_log_file(const std::string& path)
{
    constexpr mode_t for_all = 0666;
    ctl::Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, for_all)};
    if (!file.is_open()) {
        return errno;
    }
    logs_.emplace_back(std::move(file));
    return 0;
}

void Reporter::tell(const Message& message)
{
    if (!message.forced && !tells(message.level)) {
        return;
    }
    to_people(message);
    to_programs(message);
}

void Reporter::record_only(const Message& message)
{
    if (message.forced || tells(message.level)) {
        to_programs(message);
    }
}

void Reporter::to_people(const Message& message)
{
    if (message.text.empty()) {
        return;
    }
    const auto line =
        (timestamps_ ? timestamp(message.level) : std::string{}) + message.text + "\n";
    // What was said first is to be read first, also when both lead to the same file.
    if (message.level == level::error) {
        std::fflush(stdout);
        std::fwrite(line.data(), 1, line.size(), stderr);
    } else {
        std::fwrite(line.data(), 1, line.size(), stdout);
    }
}

void Reporter::to_programs(const Message& message)
{
    if (logs_.empty()) {
        return;
    }
    const auto text = record(message);
    for (auto& log : logs_) {
        log.write(text);
    }
}

void Reporter::error(ErrorCode code, std::string text, Words words)
{
    tell({.level = level::error,
          .code = static_cast<int>(code),
          .words = std::move(words),
          .payload = {},
          .text = std::move(text)});
}

void Reporter::warning(WarningCode code, std::string text, Words words)
{
    tell({.level = level::warning,
          .code = static_cast<int>(code),
          .words = std::move(words),
          .payload = {},
          .text = std::move(text)});
}

void Reporter::notice(std::string text)
{
    tell({.level = level::notice, .words = {}, .payload = {}, .text = std::move(text)});
}

void Reporter::forced_notice(std::string text)
{
    tell({.level = level::notice,
          .words = {},
          .payload = {},
          .text = std::move(text),
          .forced = true});
}

void Reporter::info(InfoCode code, std::string text, Words words)
{
    tell({.level = level::info,
          .code = static_cast<int>(code),
          .words = std::move(words),
          .payload = {},
          .text = std::move(text)});
}

void Reporter::debug(std::string text)
{
    tell({.level = level::debug, .words = {}, .payload = {}, .text = std::move(text)});
}

void Reporter::raw(std::string_view bytes)
{
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
}

void Reporter::flush()
{
    std::fflush(stdout);
}

}  // namespace duplid::duplicity
