// Keeps a file equal to the newest metrics, for node_exporter's textfile collector and its like.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace duplid::daemon {

/// Loop thread. A thread of its own writes, because a disk may take seconds to answer; of texts
/// that come meanwhile only the last one counts. It is there from the first text on. A file that
/// cannot be written is said once in the log.
class MetricsFile {
public:
    MetricsFile() = default;
    MetricsFile(const MetricsFile&) = delete;
    MetricsFile& operator=(const MetricsFile&) = delete;
    /// Writes what is still to be written.
    ~MetricsFile();

    /// Whoever reads the file sees the old text or the new one, never a part. An empty path: there
    /// is to be none. A file that was written under another path is deleted.
    void put(const std::string& path, std::string text);

private:
    struct Wanted {
        std::string path;
        std::string text;

        friend bool operator==(const Wanted&, const Wanted&) = default;
    };

    void work(const std::stop_token& stop);
    void write(const Wanted& wanted);

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::optional<Wanted> wanted_;  ///< under the lock
    Wanted last_;                   ///< of put()
    std::string written_;           ///< path; the thread's own
    bool complained_ = false;
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace duplid::daemon
