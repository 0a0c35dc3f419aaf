// Numbers both ends of the control protocol agree on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace duplid::proto {

/// Within one number only additions: unknown members of replies and events are ignored, unknown
/// names in them mean "other".
inline constexpr std::uint64_t protocol_version = 1;

/// One JSON-RPC object with its newline. Whoever sends more is not worth listening to.
inline constexpr std::size_t line_bytes_max = 1 << 20;

/// Objects and arrays inside each other. Nothing of ours needs more than eight.
inline constexpr std::size_t depth_max = 32;

/// Entries in one `files` notification: with paths of 4096 bytes, escaped, and their twins it
/// might pass a line, so senders also count bytes.
inline constexpr std::size_t files_per_notification_max = 512;

/// Seconds a client may ask for in one `lease`.
inline constexpr std::uint64_t lease_seconds_max = 60;

}  // namespace duplid::proto
