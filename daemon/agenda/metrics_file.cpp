#include "daemon/agenda/metrics_file.hpp"

#include "daemon/process/log.hpp"
#include "storage/io/error.hpp"
#include "storage/io/fd.hpp"
#include "storage/io/temp_file.hpp"

#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::daemon {

namespace {

/// The collector is another user, and there is nothing secret in it.
constexpr mode_t file_mode = 0644;

}  // namespace

MetricsFile::~MetricsFile() = default;

void MetricsFile::put(const std::string& path, std::string text)
{
    Wanted wanted{path, path.empty() ? std::string{} : std::move(text)};
    if (wanted == last_) {
        return;
    }
    last_ = wanted;
    {
        const std::lock_guard lock{mutex_};
        wanted_ = std::move(wanted);
    }
    if (!thread_.joinable()) {
        thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
    }
    wake_.notify_one();
}

void MetricsFile::work(const std::stop_token& stop)
{
    std::unique_lock lock{mutex_};
    // Told to stop, it still writes what was put before.
    while (wake_.wait(lock, stop, [this] { return wanted_.has_value(); })) {
        const auto wanted = *std::exchange(wanted_, std::nullopt);
        lock.unlock();
        write(wanted);
        lock.lock();
    }
}

void MetricsFile::write(const Wanted& wanted)
{
    if (!written_.empty() && written_ != wanted.path) {
        ::unlink(std::exchange(written_, {}).c_str());
    }
    if (wanted.path.empty()) {
        return;
    }
    try {
        // The collector reads whatever ends in ".prom".
        auto file = io::TempFile::beside(wanted.path + ".new", file_mode);
        // The service's umask would let nobody else read.
        ::fchmod(file.fd(), file_mode);
        io::write_full(file.fd(), std::as_bytes(std::span{wanted.text}), wanted.path);
        file.publish(wanted.path);
        written_ = wanted.path;
        complained_ = false;
    } catch (const Error& error) {
        if (!std::exchange(complained_, true)) {
            log(LogLevel::warning, std::string{"the metrics are not written: "} + error.what());
        }
    }
}

}  // namespace duplid::daemon
