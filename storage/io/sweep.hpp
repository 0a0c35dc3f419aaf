// What killed processes leave beside the files they were making (TempFile::beside()).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace duplid::io {

/// Whether a file is called as TempFile::beside() calls its files (backends.md 1.6).
[[nodiscard]] bool is_temporary_name(std::string_view name) noexcept;

/// Removes such files from `directory` that nobody wrote to for longer than `age`: somebody may be
/// at work with a younger one. Does what it can, since whoever really uses the directory learns
/// what is wrong with it.
void sweep_temporaries(const std::string& directory, std::chrono::seconds age) noexcept;

}  // namespace duplid::io
