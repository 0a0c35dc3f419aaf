#include "storage/cache/file_lock.hpp"

#include "storage/io/error.hpp"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::cache {

namespace {

// Polling, because the waiting form of the lock call (F_OFD_SETLKW) can only be ended by a signal,
// and a signal would have to find the right thread. Runs wait for minutes; 200 ms do not matter.
constexpr std::chrono::milliseconds poll_interval{200};

// False when somebody else has the lock.
bool lock_whole(int fd, const std::string& path)
{
    for (;;) {
        struct flock whole {};  // l_start 0 and l_len 0: all of it, as lockf() in the reference
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) {
            return true;
        }
        if (errno == EAGAIN || errno == EACCES) {
            return false;
        }
        if (errno != EINTR) {
            throw system_error(errno, "locking", path);
        }
    }
}

// Whether `path` still leads to the file behind `fd`.
bool is_same_file(int fd, const std::string& path) noexcept
{
    struct stat mine {};
    struct stat there {};
    return ::fstat(fd, &mine) == 0 && ::lstat(path.c_str(), &there) == 0 &&
           mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

}  // namespace

std::optional<FileLock> FileLock::try_take(const std::string& path)
{
    for (;;) {
        auto fd = io::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
        if (!lock_whole(fd.get(), path)) {
            return std::nullopt;
        }
        // Between our opening and our locking, the holder before us may have removed the file. The
        // lock is then on a file that nobody else will ever open, so it keeps nobody out: again.
        if (is_same_file(fd.get(), path)) {
            return FileLock{std::move(fd), path};
        }
    }
}

FileLock FileLock::take_when_free(const std::string& path, const std::stop_token& stop)
{
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock guard{mutex};
    for (;;) {
        if (stop.stop_requested()) {
            throw Error{Error::Kind::cancelled, "stopped while waiting for the lock " + path, path};
        }
        if (auto lock = try_take(path)) {
            return std::move(*lock);
        }
        wake.wait_for(guard, stop, poll_interval, [] { return false; });
    }
}

FileLock& FileLock::operator=(FileLock&& other) noexcept
{
    if (this != &other) {
        release();
        fd_ = std::move(other.fd_);
        path_ = std::move(other.path_);
    }
    return *this;
}

bool FileLock::is_in_place() const noexcept
{
    return is_same_file(fd_.get(), path_);
}

void FileLock::release() noexcept
{
    if (!fd_) {
        return;
    }
    // Removed while still locked: afterwards it could be somebody else's. And only if it is ours:
    // the folder may have been deleted and made anew under us.
    if (is_in_place()) {
        ::unlink(path_.c_str());
    }
    fd_.reset();
}

}  // namespace duplid::cache
