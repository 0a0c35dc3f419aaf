#include "storage/remote/file/file_remote.hpp"

#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/sweep.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace duplid::file {

namespace {

using remote::Listed;

// Less the umask, which alone decides: duplicity 0.8.22 run with umask 022 leaves files of mode
// 0644 in directories of 0755, with 027 0640 in 0750 (seen, encrypted or not; backends.md 3.1 says
// 0600).
constexpr unsigned file_mode = 0666;
constexpr unsigned directory_mode = 0777;
constexpr std::size_t piece_bytes = std::size_t{128} << 10U;

// Kinds by backends.md 3.1. A broken disk or a lost server (EIO, ESTALE) may come back.
Error failure(int error_number, const std::string& doing, const std::string& path)
{
    switch (error_number) {
    case EFBIG:
        return Error{Error::Kind::no_space,
                     fmt::format("{} {}: {}", doing, path, std::strerror(error_number)), path,
                     "the file system, or a limit of this process, takes no file that large"};
    case EIO:
    case ESTALE:
        return system_error(error_number, doing, path, Error::Kind::unreachable);
    default:
        return system_error(error_number, doing, path, Error::Kind::internal);
    }
}

struct CloseDirectory {
    void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory open_directory(const std::string& path)
{
    Directory directory{::opendir(path.c_str())};
    if (!directory) {
        throw failure(errno, "listing", path);
    }
    return directory;
}

// The next entry's name; nothing at the end. "." and ".." are among them.
std::optional<std::string> next_name(DIR* directory, const std::string& path)
{
    errno = 0;  // the only way to tell the end from a failure
    const dirent* entry = ::readdir(directory);
    if (entry != nullptr) {
        return entry->d_name;
    }
    if (errno != 0) {
        throw failure(errno, "listing", path);
    }
    return std::nullopt;
}

void make_directory_with_parents(const std::string& path)
{
    if (::mkdir(path.c_str(), directory_mode) == 0) {
        return;
    }
    if (errno == ENOENT) {
        const auto parent = std::filesystem::path{path}.parent_path().string();
        if (!parent.empty() && parent != path) {
            make_directory_with_parents(parent);
            if (::mkdir(path.c_str(), directory_mode) == 0) {
                return;
            }
        }
    }
    // EEXIST is the usual case; a read-only or foreign parent says something else although the
    // directory is there.
    const int reason = errno;
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        throw failure(reason, "making the target directory", path);
    }
    if (!S_ISDIR(facts.st_mode)) {
        throw Error{Error::Kind::invalid, "the target is not a directory: " + path, path};
    }
}

std::uint64_t size_of_open(int fd, const std::string& path)
{
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) {
        throw failure(errno, "looking at", path);
    }
    return static_cast<std::uint64_t>(facts.st_size);
}

// All of `from` from its first byte, to the position of `to`: inside the kernel where it can.
void copy_content(int from, const std::string& from_name, int to, const std::string& to_name)
{
    constexpr std::size_t step_bytes = 16 * 1024 * 1024;
    off_t at = 0;
    for (;;) {
        const auto moved = ::copy_file_range(from, &at, to, nullptr, step_bytes, 0);
        if (moved == 0) {
            break;
        }
        if (moved < 0 && errno == EINTR) {
            continue;
        }
        if (moved < 0 && at == 0 &&
            (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ||
             errno == EPERM)) {
            break;
        }
        if (moved < 0) {
            throw failure(errno, "writing", to_name);
        }
    }
    // Also asked after success: some kernels report the end of files they cannot read this way.
    const auto size = size_of_open(from, from_name);
    const auto done = static_cast<std::uint64_t>(at);
    if (done < size) {
        io::RangeSource rest{from, done, size - done, from_name};
        io::FdSink sink{to, to_name};
        io::copy(rest, sink);
    }
}

bool is_in_directory(const std::string& path, const std::string& directory)
{
    return path.size() > directory.size() && path.starts_with(directory) &&
           path[directory.size()] == '/' &&
           path.find('/', directory.size() + 1) == std::string::npos;
}

}  // namespace

FileRemote::FileRemote(std::string directory, std::shared_ptr<remote::RateLimits> limits,
                       std::stop_token stop)
    : directory_{std::move(directory)}, limits_{std::move(limits)}, stop_{std::move(stop)}
{
    // One spelling, since spools are recognised by it. "/" itself becomes "".
    while (directory_.ends_with('/')) {
        directory_.pop_back();
    }
    make_directory_with_parents(directory_.empty() ? "/" : directory_);
    sweep();
}

std::string FileRemote::path_of(const std::string& name) const
{
    remote::check_name(name);
    return directory_ + '/' + name;
}

// A missing name is an answer only while its directory is there: a disk may have been unplugged.
void FileRemote::require_directory() const
{
    struct stat facts {};
    if (::stat((directory_ + '/').c_str(), &facts) != 0) {
        throw failure(errno, "looking at the target directory", directory_ + '/');
    }
}

std::vector<Listed> FileRemote::list()
{
    std::vector<Listed> names;
    const auto directory = open_directory(directory_ + '/');
    while (auto name = next_name(directory.get(), directory_)) {
        if (io::is_temporary_name(*name)) {
            continue;
        }
        struct stat facts {};
        if (::fstatat(::dirfd(directory.get()), name->c_str(), &facts, 0) != 0) {
            if (errno == ENOENT || errno == ELOOP) {
                continue;  // removed meanwhile, or a link to nowhere
            }
            throw failure(errno, "looking at", directory_ + '/' + *name);
        }
        if (S_ISREG(facts.st_mode)) {
            names.push_back({std::move(*name), static_cast<std::uint64_t>(facts.st_size)});
        }
    }
    return names;
}

void FileRemote::sweep() const noexcept
{
    io::sweep_temporaries(directory_, sweep_age);
}

io::TempFile FileRemote::make_spool(const std::string& name, const std::string& /*temp_directory*/)
{
    return io::TempFile::beside(path_of(name), file_mode);
}

void FileRemote::send(std::uint64_t bytes) const
{
    if (limits_) {
        limits_->up.take(bytes, stop_);
    }
}

void FileRemote::receive(std::uint64_t bytes) const
{
    if (limits_) {
        limits_->down.take(bytes, stop_);
    }
}

void FileRemote::put(io::TempFile& spool, const std::string& name)
{
    const auto path = path_of(name);
    send(size_of_open(spool.fd(), path));
    if (is_in_directory(spool.path(), directory_)) {
        spool.publish(path);
        return;
    }
    // Built elsewhere, or published by an earlier put that failed after its rename.
    auto beside = io::TempFile::beside(path, file_mode);
    copy_content(spool.fd(), spool.path().empty() ? name : spool.path(), beside.fd(), path);
    beside.publish(path);
}

io::Fd FileRemote::open_name(const std::string& name) const
{
    const auto path = path_of(name);
    // Non-blocking: a FIFO under this name would otherwise be waited for. Regular files ignore it.
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (number < 0) {
        throw failure(errno, "opening", path);
    }
    io::Fd fd{number};
    struct stat facts {};
    if (::fstat(number, &facts) != 0) {
        throw failure(errno, "looking at", path);
    }
    if (!S_ISREG(facts.st_mode)) {
        throw Error{Error::Kind::invalid, "not a regular file: " + path, path};
    }
    return fd;
}

void FileRemote::get(const std::string& name, io::Sink& sink)
{
    io::FileSource source{open_name(name), path_of(name)};
    io::Bytes piece(piece_bytes);
    while (const auto got = source.read(piece)) {
        receive(got);
        sink.write(io::ByteView{piece}.first(got));
    }
}

io::Bytes FileRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    const auto fd = open_name(name);
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0) {
        throw failure(errno, "looking at", path_of(name));
    }
    // Cut to what is there before memory is taken: the numbers may come from a damaged index.
    const auto size = static_cast<std::uint64_t>(facts.st_size);
    const auto there = offset < size ? size - offset : 0;
    io::Bytes content(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, there)));
    receive(content.size());
    content.resize(io::pread_full(fd.get(), content, offset, path_of(name)));
    return content;
}

std::optional<io::Fd> FileRemote::open_local(const std::string& name)
{
    // Whoever reads by himself is held by nobody.
    const bool is_limited = limits_ && limits_->down.get() != 0;
    return is_limited ? std::nullopt : std::optional{open_name(name)};
}

void FileRemote::remove(std::span<const std::string> names)
{
    for (const auto& name : names) {
        const auto path = path_of(name);
        if (::unlink(path.c_str()) != 0) {
            if (errno != ENOENT) {
                throw failure(errno, "removing", path);
            }
            require_directory();
        }
    }
    if (!names.empty()) {
        io::sync_directory(directory_ + '/');
    }
}

void FileRemote::rename(const std::string& from, const std::string& to)
{
    const auto old_path = path_of(from);
    const auto new_path = path_of(to);
    struct stat facts {};
    if (::lstat(new_path.c_str(), &facts) == 0) {
        throw Error{Error::Kind::invalid, "there is a file of that name already: " + new_path,
                    new_path};
    }
    if (::rename(old_path.c_str(), new_path.c_str()) != 0) {
        throw failure(errno, "renaming", old_path);
    }
    io::sync_directory(directory_ + '/');
}

std::optional<std::uint64_t> FileRemote::size_of(const std::string& name)
{
    const auto path = path_of(name);
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) {
        if (errno != ENOENT) {
            throw failure(errno, "looking at", path);
        }
        require_directory();
        return std::nullopt;
    }
    if (!S_ISREG(facts.st_mode)) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(facts.st_size);
}

std::string FileRemote::description() const
{
    return "file://" + (directory_.empty() ? "/" : directory_);
}

std::optional<std::uint64_t> FileRemote::free_bytes()
{
    struct statvfs facts {};
    if (::statvfs((directory_ + '/').c_str(), &facts) != 0) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
}

}  // namespace duplid::file
