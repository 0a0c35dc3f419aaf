#include "proto/run_events.hpp"

namespace duplid::proto {

void VolumeEvent::describe(Fields& fields)
{
    fields.member({"step", "begun, stored, read or needed", true}, step);
    fields.member({"number", "in its set; of `read`: how many have been read", true}, number);
    fields.member({"total", "volumes the run is going to read"}, total);
    fields.member({"name", "of the file on the target"}, name);
    fields.member({"bytes", "of the file, as far as known"}, bytes);
    fields.member({"source_bytes", "of a backup: bytes of the source up to the volume's end"},
                  source_bytes);
}

void SetEvent::describe(Fields& fields)
{
    fields.member({"set", "that the run makes", true}, set);
    fields.member({"why", "asked, chain, no_signatures, full_is_due or interrupted", true}, why);
    fields.member({"resumed_at_volume", "the first volume of this run"}, resumed_at_volume);
    fields.member({"known_volumes", "that the interrupted run had put, or tried to"},
                  known_volumes);
    fields.path({"last_path", "the last object in the volumes that are kept"}, last_path);
    fields.member({"last_block", "blocks in them of that object, when they end inside it"},
                  last_block);
}

void PutAsideEvent::describe(Fields& fields)
{
    fields.member({"set", "an interrupted one", true}, set);
    fields.member({"volumes", "that stay on the target until a cleanup", true}, volumes);
    fields.member({"why", "in words"}, why);
}

void CacheEvent::describe(Fields& fields)
{
    fields.member({"change", "fetched or removed", true}, change);
    fields.path({"name", "of the file on the target, or of the one in the cache", true}, name);
}

void SkippedEvent::describe(Fields& fields)
{
    fields.path({"path", "", true}, path);
    fields.member({"why", "socket or vanished", true}, why);
}

void RetryEvent::describe(Fields& fields)
{
    fields.member({"operation", "put, get, list, delete, query or rename", true}, operation);
    fields.member({"attempt", "that failed, from 1", true}, attempt);
    fields.member({"error", "why it failed", true}, error);
}

}  // namespace duplid::proto
