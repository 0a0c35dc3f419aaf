#include "storage/remote/command/named_spool.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/remote/remote.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace duplid::command {

namespace {

constexpr unsigned private_mode = 0600;

std::string directory_or_default(const std::string& directory)
{
    return directory.empty() ? io::default_temp_directory() : directory;
}

}  // namespace

NamedSpool::NamedSpool(const io::TempFile& spool, const std::string& name,
                       const std::string& temp_directory)
    : directory_{directory_or_default(temp_directory)}, path_{directory_.path() + "/" + name}
{
    if (!spool.path().empty() && ::link(spool.path().c_str(), path_.c_str()) == 0) {
        return;
    }
    const io::Fd copy{::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, private_mode)};
    if (!copy) {
        throw system_error(errno, "creating " + path_, path_);
    }
    io::RangeSource source{spool.fd(), 0, spool.bytes(), name};
    io::FdSink sink{copy.get(), path_};
    io::copy(source, sink);
}

io::TempFile make_named_spool(const std::string& name, const std::string& temp_directory)
{
    remote::check_name(name);
    // Not after `name`, which may be as long as a file system allows.
    return io::TempFile::beside(directory_or_default(temp_directory) + "/spool", private_mode);
}

}  // namespace duplid::command
