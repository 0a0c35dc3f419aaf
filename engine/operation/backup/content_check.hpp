// Whether a file still has the content its signature was made of.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/spill_buffer.hpp"

#include <cstdint>
#include <functional>

namespace duplid::operation {

/// Takes pieces from `next_piece`, until there is none or it is plain that they are other bytes,
/// and compares. `bytes` is how many there should be. As sure as a delta is, which trusts the same
/// sums. False also when the signature is of a kind that cannot tell. Throws: what `next_piece`
/// throws.
[[nodiscard]] bool has_content_of(const std::function<io::ByteView()>& next_piece,
                                  std::uint64_t bytes, io::SpillBuffer& old_signature);

}  // namespace duplid::operation
