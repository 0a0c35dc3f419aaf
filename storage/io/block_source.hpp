// A source whose bytes can be used where they are.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/source.hpp"

namespace duplid::io {

/// Both ways of reading take from the same bytes and may be mixed.
class BlockSource : public Source {
public:
    /// The next bytes, as many as lie together, not copied; none at the end. Valid until the next
    /// call of anything. Throws: Error.
    [[nodiscard]] virtual ByteView next_block() = 0;
};

}  // namespace duplid::io
