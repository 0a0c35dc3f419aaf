#include "proto/secret_text.hpp"

#include <cstring>

namespace duplid::proto {

void wipe_memory(void* memory, std::size_t bytes) noexcept
{
    if (bytes > 0) {
        // From glibc, for this very purpose: the compiler must not leave it out.
        explicit_bzero(memory, bytes);
    }
}

}  // namespace duplid::proto
