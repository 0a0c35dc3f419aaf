// Entries of a sigtar as rows of the index.
#pragma once

#include "engine/operation/object/metadata.hpp"
#include "engine/tar/header.hpp"
#include "engine/tar/reader.hpp"
#include "engine/volume/member.hpp"
#include "storage/cache/file_row.hpp"

#include <array>
#include <cstddef>

namespace duplid::operation {

/// One thread at a time.
class RowMaker {
public:
    /// Puts an entry that is no deletion into `row`, whose memory is used again. `content` is at
    /// the entry's data and is read to its end if that is a signature. Throws: what reading throws.
    void make(const volume::Member& member, const tar::Header& header, tar::Reader& content,
              cache::FileRow& row);

private:
    void read_signature(tar::Reader& content, cache::FileRow& row);

    Owners owners_;
    cache::StateRow state_;
    std::array<std::byte, std::size_t{16} << 10U> buffer_{};
};

}  // namespace duplid::operation
