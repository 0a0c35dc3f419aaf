// What a run says while it works: notifications of method "event".
#pragma once

#include "proto/error.hpp"
#include "proto/field.hpp"
#include "proto/proof.hpp"
#include "proto/removal_report.hpp"
#include "proto/repair_report.hpp"
#include "proto/replicate_report.hpp"
#include "proto/report.hpp"
#include "proto/run.hpp"
#include "proto/run_events.hpp"
#include "proto/tree_report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace duplid::proto {

struct StateEvent {
    RunState state = RunState::other;
    std::string reason;  ///< why it is in that state, where that is not plain
    std::optional<RunPause> paused{};

    void describe(Fields& fields);
};

struct PhaseEvent {
    std::string phase;  ///< preparing, reading_catalog, scanning, backing_up, uploading, ...

    void describe(Fields& fields);
};

/// Its members are the event's own. At most five a second; a slow reader sees only the newest.
struct ProgressEvent {
    ProgressFigures figures;

    void describe(Fields& fields);
};

/// Something is not as it should be, but the run goes on.
struct WarningEvent {
    RpcError error;

    void describe(Fields& fields);
};

/// A line for the run's log.
struct NoteEvent {
    std::string text;

    void describe(Fields& fields);
};

/// What becomes, or in a dry run would become, of one object. In runs that were asked to tell of
/// objects, and in dry runs of a restore.
struct ObjectEvent {
    std::string path;
    /// Of a restore: begun, made, replaced, unchanged, left, failed. Of a backup, before its
    /// content is read: new (it is stored whole), changed (its difference is) or deleted. Of
    /// tree-delta the same, of tree-patch patched.
    std::string effect;
    std::string object_type{};       ///< reg, dir, sym, fifo, chr or blk, where known
    std::uint64_t source_bytes = 0;  ///< of a backup: of the source up to and with this object

    void describe(Fields& fields);
};

/// One way in which an object differs from what it is compared with.
struct DifferenceEvent {
    std::string path;
    std::string aspect;    ///< new, missing, type, permissions, mtime, size, data, link, device
    std::string found;     ///< what is there; of mtime and size: a number
    std::string expected;  ///< what the archive has

    void describe(Fields& fields);
};

/// The reader was so slow, or the run so talkative, that events before this one are gone.
struct LostEvent {
    std::uint64_t events = 0;

    void describe(Fields& fields);
};

/// The last event of a run. `state` is done, warnings, failed or cancelled. A report comes with
/// the first two; and with an error too, when a restore went through a damaged archive.
struct DoneEvent {
    RunState state = RunState::other;
    std::optional<RpcError> error;
    std::optional<BackupReport> backup;
    std::optional<RestoreReport> restore;
    std::optional<RemovalReport> removal{};
    std::optional<VerifyReport> verify{};
    std::optional<CheckReport> check{};
    std::optional<SyncReport> sync{};
    std::optional<ReplicateReport> replicate{};
    std::optional<RepairReport> repair{};
    std::optional<TreeDeltaReport> tree_delta{};
    std::optional<TreePatchReport> tree_patch{};

    /// What the client's exit code is.
    [[nodiscard]] ExitCode exit_code() const noexcept;
    void describe(Fields& fields);
};

/// An event of a type that this program does not know: to be ignored.
struct UnknownEvent {
    void describe(Fields& fields);
};

struct Event {
    std::uint64_t run = 0;
    std::uint64_t seq = 0;  ///< from 1, growing; gaps are progress events that a later one replaced
    double time = 0;        ///< epoch seconds
    std::variant<UnknownEvent, StateEvent, PhaseEvent, ProgressEvent, WarningEvent, NoteEvent,
                 LostEvent, DoneEvent, ObjectEvent, DifferenceEvent, VolumeEvent, SetEvent,
                 PutAsideEvent, CacheEvent, SkippedEvent, RetryEvent>
        what;

    /// Reads and writes `type` with the members of the alternative beside it.
    void describe(Fields& fields);
};

/// The word for each alternative, in the order of the variant ("other", "state", "phase", ...).
enum class EventType {
    other,
    state,
    phase,
    progress,
    warning,
    note,
    lost,
    done,
    object,
    difference,
    volume,
    set,
    put_aside,
    cache,
    skipped,
    retry,
};
[[nodiscard]] std::span<const Choice> choices_of(EventType) noexcept;

}  // namespace duplid::proto
