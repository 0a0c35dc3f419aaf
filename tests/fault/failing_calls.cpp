#include "tests/fault/failing_calls.hpp"

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

std::atomic<bool> armed = false;
std::atomic<std::uint64_t> seen = 0;
std::atomic<bool> any_failed = false;
std::uint64_t first_failing = 0;  // set while not armed
bool goes_on = false;
int error_given = 0;

/// Counts one call; true when it is to fail, with errno set.
bool strikes() noexcept
{
    if (!armed) {
        return false;
    }
    const auto number = ++seen;
    const bool fails =
        first_failing != 0 && (goes_on ? number >= first_failing : number == first_failing);
    if (fails) {
        any_failed = true;
        errno = error_given;
    }
    return fails;
}

/// Pipes and sockets are not storage.
bool strikes_at(int fd) noexcept
{
    struct stat facts {};
    return armed && ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && strikes();
}

bool makes_file(int flags) noexcept
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

long open_at(int directory, const char* path, int flags, mode_t mode) noexcept
{
    if (makes_file(flags) && strikes()) {
        return -1;
    }
    return ::syscall(SYS_openat, directory, path, flags, mode);
}

mode_t mode_in(int flags, va_list arguments)
{
    return makes_file(flags) ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

namespace duplid::support {

FailingCalls::FailingCalls(std::uint64_t nth, Mode mode, int error) noexcept
{
    seen = 0;
    any_failed = false;
    first_failing = nth;
    goes_on = mode == Mode::from_then_on;
    error_given = error;
    armed = true;
}

FailingCalls::~FailingCalls()
{
    armed = false;
}

std::uint64_t FailingCalls::calls() const noexcept
{
    return seen;
}

bool FailingCalls::struck() const noexcept
{
    return any_failed;
}

}  // namespace duplid::support

// Names and types are the C library's; 64-bit twins are what code with large files asks for.
extern "C" {

ssize_t write(int fd, const void* data, size_t bytes)
{
    return strikes_at(fd) ? -1 : ::syscall(SYS_write, fd, data, bytes);
}

ssize_t pwrite(int fd, const void* data, size_t bytes, off_t at)
{
    return strikes_at(fd) ? -1 : ::syscall(SYS_pwrite64, fd, data, bytes, at);
}

ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t at)
{
    return strikes_at(fd) ? -1 : ::syscall(SYS_pwrite64, fd, data, bytes, at);
}

ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t bytes,
                        unsigned flags)
{
    return strikes_at(to) ? -1
                          : ::syscall(SYS_copy_file_range, from, from_at, to, to_at, bytes, flags);
}

int ftruncate(int fd, off_t bytes) noexcept
{
    return strikes_at(fd) ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, bytes));
}

int ftruncate64(int fd, off64_t bytes) noexcept
{
    return strikes_at(fd) ? -1 : static_cast<int>(::syscall(SYS_ftruncate, fd, bytes));
}

int fsync(int fd)
{
    return strikes_at(fd) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
    return strikes_at(fd) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, fd));
}

int rename(const char* from, const char* to) noexcept
{
    return strikes() ? -1
                     : static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int linkat(int from_directory, const char* from, int to_directory, const char* to,
           int flags) noexcept
{
    return strikes() ? -1
                     : static_cast<int>(
                           ::syscall(SYS_linkat, from_directory, from, to_directory, to, flags));
}

int unlink(const char* path) noexcept
{
    return strikes() ? -1 : static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int unlinkat(int directory, const char* path, int flags) noexcept
{
    return strikes() ? -1 : static_cast<int>(::syscall(SYS_unlinkat, directory, path, flags));
}

int mkdir(const char* path, mode_t mode) noexcept
{
    return strikes() ? -1 : static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int open(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const auto mode = mode_in(flags, arguments);
    va_end(arguments);
    return static_cast<int>(open_at(AT_FDCWD, path, flags, mode));
}

int open64(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const auto mode = mode_in(flags, arguments);
    va_end(arguments);
    return static_cast<int>(open_at(AT_FDCWD, path, flags, mode));
}

int openat(int directory, const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const auto mode = mode_in(flags, arguments);
    va_end(arguments);
    return static_cast<int>(open_at(directory, path, flags, mode));
}

}  // extern "C"
