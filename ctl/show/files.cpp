#include "ctl/show/files.hpp"

#include "ctl/time_text.hpp"

namespace duplid::show {

std::string file_line(const proto::FileEntry& file)
{
    return ctl::local_time_text(file.mtime) + " " + file.path + "\n";
}

}  // namespace duplid::show
