// What an operation tells the one who asked for it while it runs. Declared here, implemented above.
#pragma once

#include "engine/operation/archive/happenings.hpp"
#include "storage/io/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace duplid::operation {

/// How far a run is. Counts only grow during a phase; an expected count of 0 means "not known".
/// Of an increment nobody knows how many bytes have to be read.
struct Progress {
    std::uint64_t files_done = 0;
    std::uint64_t files_expected = 0;
    /// Bytes of source data read (backup) or of file data written (restore).
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_expected = 0;
    /// Bytes of volumes put on, or fetched from, the target.
    std::uint64_t stored_bytes = 0;
    std::uint32_t volumes_done = 0;
    /// What is expected is a guess, and may be taken back.
    bool is_estimate = false;
};

enum class Phase {
    preparing,
    reading_catalog,
    scanning,
    backing_up,
    uploading,
    fetching,
    restoring,
    removing,
    verifying,
    checking,
    comparing,
    finishing
};

[[nodiscard]] std::string_view name_of(Phase phase) noexcept;

/// Implemented by the daemon. Every function may be called from any thread of the operation, must
/// not block for long and must not throw.
class Monitor {
public:
    Monitor() = default;
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;
    virtual ~Monitor() = default;

    virtual void phase(Phase phase) noexcept = 0;
    /// Called often (per file, per MiB); the implementation thins it out.
    virtual void progress(const Progress& progress) noexcept = 0;
    /// Something is not as it should be, but the run goes on and ends "completed with warnings".
    virtual void warn(const Error& warning) noexcept = 0;
    /// Something worth a line in the run's log that is no fault.
    virtual void note(std::string_view text) noexcept = 0;
    /// The same for programs. Who has none to tell need not listen.
    virtual void tell(const Happening& /*what*/) noexcept {}
};

}  // namespace duplid::operation
