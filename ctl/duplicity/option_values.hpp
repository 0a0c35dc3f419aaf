// Values of options, checked, with the reference's words for what is wrong with them.
#pragma once

#include "ctl/duplicity/option_words.hpp"
#include "ctl/duplicity/reporter.hpp"
#include "proto/sync.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace duplid::duplicity {

/// A number between two bounds. Throws: UsageError.
[[nodiscard]] std::int64_t bounded(const GivenOption& given, std::int64_t min, std::int64_t max);

/// 0 to 9. Throws: UsageError.
[[nodiscard]] int verbosity_from(std::string_view text);

/// Throws: UsageError.
[[nodiscard]] proto::SyncMode sync_mode_from(const GivenOption& given);
[[nodiscard]] char separator_from(std::string_view text);

/// Opens a machine log. Throws: UsageError; where the reference ends with a traceback
/// (command-line.md 13, 8).
void open_log_descriptor(const GivenOption& given, Reporter& reporter);
void open_log_file(const std::string& path, Reporter& reporter);

/// Whether `text` is a sum of spans ("3D64s") and no other kind of time string.
[[nodiscard]] bool is_interval(std::string_view text) noexcept;

/// What the reference says of a time string that it cannot read.
[[nodiscard]] std::string bad_time_text(std::string_view text);

/// 8, 16 or 40 hex digits, perhaps behind "0x".
[[nodiscard]] bool is_key_id(std::string_view text) noexcept;

/// A path inside an archive: slashes at its ends mean nothing.
[[nodiscard]] std::string without_slashes(std::string_view path);

}  // namespace duplid::duplicity
