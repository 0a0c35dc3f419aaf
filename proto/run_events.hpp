// Events of what a run decides and reaches, for programs; people read notes of the same.
#pragma once

#include "proto/error.hpp"
#include "proto/field.hpp"
#include "proto/report.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::proto {

/// A volume of a set that is written or read. Only in runs that were asked to tell of them.
struct VolumeEvent {
    /// begun: it goes to the target now; stored: it is there; read: nothing more is wanted of it;
    /// needed: a restore would read it (RestoreParams::only_volumes).
    std::string step;
    std::uint32_t number = 0;            ///< in its set; of `read`: how many have been read
    std::optional<std::uint32_t> total;  ///< volumes the run is going to read; of a backup unknown
    std::string name;                    ///< of the file on the target
    std::uint64_t bytes = 0;             ///< of the file, as far as known
    /// Of begun and stored: bytes of the source up to the end of what is in the volume, counted as
    /// source_file_size in the statistics.
    std::uint64_t source_bytes = 0;

    void describe(Fields& fields);
};

/// Which set a backup makes, and why that one. Before its first object; again when
/// what was begun cannot be gone on with after all.
struct SetEvent {
    SetName set;
    /// asked: by its type; chain: it continues a chain; no_signatures: there is none to continue;
    /// full_is_due: the newest full set is too old; interrupted: another run had begun it.
    std::string why;
    // Of an interrupted one:
    std::optional<std::uint32_t> resumed_at_volume;  ///< the first volume of this run
    std::uint32_t known_volumes = 0;          ///< that the interrupted run had put, or tried to put
    std::string last_path;                    ///< the last object in the volumes that are kept
    std::optional<std::uint64_t> last_block;  ///< when they end inside it: its blocks in them

    void describe(Fields& fields);
};

/// An interrupted set that is not gone on with.
struct PutAsideEvent {
    SetName set;
    std::uint32_t volumes = 0;  ///< that stay on the target until a cleanup
    std::string why;            ///< in words

    void describe(Fields& fields);
};

/// The cache is brought in line with its target.
struct CacheEvent {
    std::string change;  ///< fetched or removed
    std::string name;    ///< of the file on the target; of a removed one: in the cache

    void describe(Fields& fields);
};

/// An object of the source that is left out, and is no fault.
struct SkippedEvent {
    std::string path;  ///< as the source is named, bytes
    std::string why;   ///< socket or vanished

    void describe(Fields& fields);
};

/// An attempt to reach the target failed and is made again.
struct RetryEvent {
    std::string operation;  ///< put, get, list, delete, query or rename
    std::uint32_t attempt = 0;
    RpcError error;

    void describe(Fields& fields);
};

}  // namespace duplid::proto
