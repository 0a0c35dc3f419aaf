#include "engine/operation/restore/overwrite.hpp"

namespace duplid::operation {

std::string_view name_of(Effect effect) noexcept
{
    switch (effect) {
    case Effect::made:
        return "made";
    case Effect::replaced:
        return "replaced";
    case Effect::unchanged:
        return "unchanged";
    case Effect::left:
        return "left";
    case Effect::failed:
        break;
    }
    return "failed";
}

bool gives_way(Overwrite overwrite, const struct stat& there, const tar::Header& header) noexcept
{
    switch (overwrite) {
    case Overwrite::always:
    case Overwrite::changed:
        return true;
    case Overwrite::newer:
        return header.mtime > there.st_mtim.tv_sec;
    case Overwrite::never:
        break;
    }
    return false;
}

bool is_of_type(const struct stat& there, tar::Type type) noexcept
{
    switch (type) {
    case tar::Type::regular:
    case tar::Type::hard_link:
        return S_ISREG(there.st_mode);
    case tar::Type::symlink:
        return S_ISLNK(there.st_mode);
    case tar::Type::character:
        return S_ISCHR(there.st_mode);
    case tar::Type::block:
        return S_ISBLK(there.st_mode);
    case tar::Type::directory:
        return S_ISDIR(there.st_mode);
    case tar::Type::fifo:
        return S_ISFIFO(there.st_mode);
    }
    return false;
}

}  // namespace duplid::operation
