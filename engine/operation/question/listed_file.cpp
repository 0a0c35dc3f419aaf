#include "engine/operation/question/listed_file.hpp"

#include "engine/naming/index.hpp"
#include "engine/operation/archive/hex.hpp"
#include "engine/operation/object/metadata.hpp"

namespace duplid::operation {

char letter_of_row(const cache::FileRow& row) noexcept
{
    switch (tar_type_of_row(row.type)) {
    case tar::Type::regular:
    case tar::Type::hard_link:
        return 'f';
    case tar::Type::directory:
        return 'd';
    case tar::Type::symlink:
        return 'l';
    case tar::Type::fifo:
        return 'p';
    case tar::Type::character:
        return 'c';
    case tar::Type::block:
        return 'b';
    }
    return 'f';
}

void put_file(const cache::FileRow& row, ListedFile& file)
{
    file.path = naming::path_of_key(row.key);
    file.type = letter_of_row(row);
    file.mode = row.mode;
    file.uid = row.uid;
    file.gid = row.gid;
    file.mtime = row.mtime;
    file.mtime_ns = row.mtime_ns;
    file.bytes = file.type == 'f' ? row.size : std::nullopt;
    file.link = row.link;
    file.sha256 = hex_of(row.sha256);
}

}  // namespace duplid::operation
