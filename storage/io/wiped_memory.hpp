// malloc() and its kin for libraries in C that copy secrets and free the copies as they are: here
// they are wiped first. For passing to a library, not for calling; but for wipe_stack().
#pragma once

#include <cstddef>

namespace duplid::io {

[[nodiscard]] void* wiped_malloc(std::size_t bytes) noexcept;
[[nodiscard]] void* wiped_calloc(std::size_t count, std::size_t bytes) noexcept;
[[nodiscard]] char* wiped_strdup(const char* text) noexcept;
/// What has to move is wiped where it was.
[[nodiscard]] void* wiped_realloc(void* block, std::size_t bytes) noexcept;
/// Takes any block of malloc()'s.
void wiped_free(void* block) noexcept;
/// The same, but wipes only blocks of at most so many bytes: data go through larger ones, and much
/// of it.
void wiped_free_of(void* block, std::size_t bytes_max) noexcept;

/// Wipes what calls that have returned have left in vector registers, and on this thread's stack,
/// for 32 KiB: now, and once more when the thread ends. Secrets get there though nobody puts them
/// there: a copy goes through vector registers, which the dynamic linker saves whenever it looks up
/// a library's function on its first call, maybe much later (seen with libcurl's requests, when an
/// exception was thrown).
void wipe_stack() noexcept;

}  // namespace duplid::io
