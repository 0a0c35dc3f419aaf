#include "tests/fault/power_loss.hpp"

#include "storage/io/bytes.hpp"
#include "storage/io/file.hpp"

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// A file, whatever its name is at the time.
using FileId = std::size_t;

struct Call {
    enum class Kind {
        write,
        truncate,
        sync,
        create,
        unlink,
        rename,
        sync_directory,
        make_directory
    };
    Kind kind{};
    FileId file = 0;
    std::uint64_t offset = 0;  ///< of truncate: the new length
    std::string bytes{};
    std::string path{};
    std::string to{};  ///< of rename
};

struct Recording {
    std::string root;
    std::vector<Call> calls;
    std::map<std::string, std::string> content_before;  ///< sure from the beginning
    std::map<std::string, FileId> files_before;
    std::vector<std::string> directories_before;
    std::map<std::pair<dev_t, ino_t>, FileId> file_of;
    FileId files = 0;
};

std::mutex mutex;
std::optional<Recording> recording;

bool is_watched(const std::string& path)
{
    return recording && path.starts_with(recording->root) && !path.ends_with("-shm");
}

std::string path_of(int fd)
{
    std::string path(PATH_MAX, '\0');
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    const auto got = ::readlink(link.c_str(), path.data(), path.size());
    path.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return path;
}

std::string path_of(int directory, const char* path)
{
    return directory == AT_FDCWD || *path == '/' ? std::string{path}
                                                 : path_of(directory) + "/" + path;
}

/// The watched regular file behind a descriptor.
std::optional<FileId> file_of(int fd)
{
    struct stat facts {};
    if (!recording || ::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return std::nullopt;
    }
    const auto found = recording->file_of.find({facts.st_dev, facts.st_ino});
    return found == recording->file_of.end() ? std::nullopt : std::optional{found->second};
}

void record(Call call)
{
    recording->calls.push_back(std::move(call));
}

void record_write(int fd, const void* data, ssize_t bytes, off_t at)
{
    const auto file = file_of(fd);
    if (bytes > 0 && file) {
        record({.kind = Call::Kind::write,
                .file = *file,
                .offset = static_cast<std::uint64_t>(at),
                .bytes = {static_cast<const char*>(data), static_cast<std::size_t>(bytes)}});
    }
}

/// Where the next write() goes.
off_t place_of(int fd)
{
    struct stat facts {};
    const bool appends = (::fcntl(fd, F_GETFL) & O_APPEND) != 0;
    return appends && ::fstat(fd, &facts) == 0 ? facts.st_size : ::lseek(fd, 0, SEEK_CUR);
}

int open_at(int directory, const char* name, int flags, mode_t mode)
{
    const std::lock_guard lock{mutex};
    const auto path = recording ? path_of(directory, name) : std::string{};
    const bool watched = recording && (flags & O_CREAT) != 0 && is_watched(path);
    struct stat facts {};
    const bool is_new = watched && ::lstat(path.c_str(), &facts) != 0;
    const int fd = static_cast<int>(::syscall(SYS_openat, directory, name, flags, mode));
    if (fd >= 0 && recording && (flags & O_TMPFILE) == O_TMPFILE && ::fstat(fd, &facts) == 0) {
        recording->file_of.erase({facts.st_dev, facts.st_ino});
    }
    if (fd < 0 || !watched) {
        return fd;
    }
    if (is_new && ::fstat(fd, &facts) == 0) {
        // An inode number may be used again: what is under it now is another file.
        recording->file_of[{facts.st_dev, facts.st_ino}] = ++recording->files;
        record({.kind = Call::Kind::create, .file = recording->files, .path = path});
    } else if ((flags & O_TRUNC) != 0) {
        if (const auto file = file_of(fd)) {
            record({.kind = Call::Kind::truncate, .file = *file});
        }
    }
    return fd;
}

bool makes_file(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int sync(int fd, int number)
{
    const std::lock_guard lock{mutex};
    const int result = static_cast<int>(::syscall(number, fd));
    struct stat facts {};
    if (recording && result == 0 && ::fstat(fd, &facts) == 0) {
        if (const auto file = file_of(fd)) {
            record({.kind = Call::Kind::sync, .file = *file});
        } else if (S_ISDIR(facts.st_mode) && is_watched(path_of(fd))) {
            record({.kind = Call::Kind::sync_directory, .path = path_of(fd)});
        }
    }
    return result;
}

int unlink_at(int directory, const char* name, int flags)
{
    const std::lock_guard lock{mutex};
    const auto path = recording ? path_of(directory, name) : std::string{};
    const int result = static_cast<int>(::syscall(SYS_unlinkat, directory, name, flags));
    if (result == 0 && (flags & AT_REMOVEDIR) == 0 && is_watched(path)) {
        record({.kind = Call::Kind::unlink, .path = path});
    }
    return result;
}

int truncate_to(int fd, off_t bytes)
{
    const std::lock_guard lock{mutex};
    const int result = static_cast<int>(::syscall(SYS_ftruncate, fd, bytes));
    const auto file = file_of(fd);
    if (result == 0 && file) {
        record({.kind = Call::Kind::truncate,
                .file = *file,
                .offset = static_cast<std::uint64_t>(bytes)});
    }
    return result;
}

ssize_t write_at(int fd, const void* data, size_t bytes, off_t at)
{
    const std::lock_guard lock{mutex};
    const auto result = ::syscall(SYS_pwrite64, fd, data, bytes, at);
    record_write(fd, data, result, at);
    return result;
}

/// The disk as the calls so far have left it.
class Disk {
public:
    explicit Disk(const Recording& from)
        : names_{from.files_before}, directories_{from.directories_before}
    {
        for (const auto& [path, file] : names_) {
            files_[file].content = from.content_before.at(path);
        }
    }

    void take(const Call& call)
    {
        switch (call.kind) {
        case Call::Kind::write:
        case Call::Kind::truncate:
            files_[call.file].pending.push_back(&call);
            break;
        case Call::Kind::sync:
            for (const auto* one : files_[call.file].pending) {
                apply(*one, files_[call.file].content);
            }
            files_[call.file].pending.clear();
            break;
        case Call::Kind::create:
            files_[call.file];
            [[fallthrough]];
        case Call::Kind::unlink:
        case Call::Kind::rename:
            changes_[fs::path{call.path}.parent_path()].push_back(&call);
            break;
        case Call::Kind::sync_directory:
            for (const auto* one : changes_[fs::path{call.path}.lexically_normal()]) {
                apply(*one);
            }
            changes_.erase(fs::path{call.path}.lexically_normal());
            break;
        case Call::Kind::make_directory:
            directories_.push_back(call.path);
            break;
        }
    }

    void lose_power(duplid::support::PowerLoss::Fate fate, unsigned seed)
    {
        using Fate = duplid::support::PowerLoss::Fate;
        std::mt19937 random{seed};
        for (auto& [directory, changes] : changes_) {
            const auto kept = fate == Fate::nothing      ? 0
                              : fate == Fate::everything ? changes.size()
                                                         : random() % (changes.size() + 1);
            for (std::size_t i = 0; i < kept; ++i) {
                apply(*changes[i]);
            }
        }
        for (auto& [id, file] : files_) {
            for (const auto* call : file.pending) {
                if (fate == Fate::everything || (fate == Fate::some && random() % 2 == 0)) {
                    const bool is_torn = fate == Fate::some && call == file.pending.back();
                    apply(*call, file.content, is_torn ? random() : SIZE_MAX);
                }
            }
        }
    }

    void write_to(const std::string& root, const fs::path& to) const
    {
        fs::create_directories(to);
        for (const auto& directory : directories_) {
            fs::create_directories(to / fs::path{directory}.lexically_relative(root));
        }
        for (const auto& [path, id] : names_) {
            duplid::io::replace_file(to / fs::path{path}.lexically_relative(root),
                                     duplid::io::view_of(files_.at(id).content));
        }
    }

private:
    struct File {
        std::string content;
        std::vector<const Call*> pending;
    };

    static void apply(const Call& call, std::string& content, std::size_t bytes_max = SIZE_MAX)
    {
        if (call.kind == Call::Kind::truncate) {
            content.resize(call.offset, '\0');
            return;
        }
        const auto bytes = call.bytes.substr(0, bytes_max);
        if (content.size() < call.offset + bytes.size()) {
            content.resize(call.offset + bytes.size(), '\0');
        }
        content.replace(call.offset, bytes.size(), bytes);
    }

    void apply(const Call& call)
    {
        if (call.kind == Call::Kind::create) {
            names_[call.path] = call.file;
        } else if (call.kind == Call::Kind::unlink) {
            names_.erase(call.path);
        } else if (const auto found = names_.find(call.path); found != names_.end()) {
            names_[call.to] = found->second;
            names_.erase(call.path);
        }
    }

    std::map<std::string, FileId> names_;
    std::vector<std::string> directories_;
    std::map<FileId, File> files_;
    std::map<fs::path, std::vector<const Call*>> changes_;  ///< of names, by directory
};

}  // namespace

namespace duplid::support {

PowerLoss::PowerLoss(const fs::path& root)
{
    Recording begun;
    begun.root = root;
    for (const auto& entry : fs::recursive_directory_iterator{root}) {
        const auto path = entry.path().string();
        struct stat facts {};
        if (entry.is_directory()) {
            begun.directories_before.push_back(path);
        } else if (entry.is_regular_file() && !path.ends_with("-shm") &&
                   ::lstat(path.c_str(), &facts) == 0) {
            begun.content_before[path] = io::text_of(io::read_file(path, UINT32_MAX));
            begun.files_before[path] = ++begun.files;
            begun.file_of[{facts.st_dev, facts.st_ino}] = begun.files;
        }
    }
    const std::lock_guard lock{mutex};
    recording = std::move(begun);
}

PowerLoss::~PowerLoss()
{
    const std::lock_guard lock{mutex};
    recording.reset();
}

std::size_t PowerLoss::calls() const
{
    const std::lock_guard lock{mutex};
    return recording->calls.size();
}

void PowerLoss::leave(std::size_t calls, Fate fate, unsigned seed, const fs::path& to) const
{
    const auto disk = [&] {
        const std::lock_guard lock{mutex};
        Disk one{*recording};
        for (std::size_t i = 0; i < calls; ++i) {
            one.take(recording->calls[i]);
        }
        one.lose_power(fate, seed);
        return one;
    }();
    disk.write_to(recording->root, to);
}

}  // namespace duplid::support

// Names and types are the C library's; 64-bit twins are what code with large files asks for.
extern "C" {

ssize_t write(int fd, const void* data, size_t bytes)
{
    const std::lock_guard lock{mutex};
    const auto at = file_of(fd) ? place_of(fd) : 0;
    const auto result = ::syscall(SYS_write, fd, data, bytes);
    record_write(fd, data, result, at);
    return result;
}

ssize_t pwrite(int fd, const void* data, size_t bytes, off_t at)
{
    return write_at(fd, data, bytes, at);
}

ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t at)
{
    return write_at(fd, data, bytes, at);
}

ssize_t copy_file_range(int, off64_t*, int, off64_t*, size_t, unsigned)
{
    errno = EXDEV;  // as between two file systems: callers then write
    return -1;
}

int ftruncate(int fd, off_t bytes) noexcept
{
    return truncate_to(fd, bytes);
}

int ftruncate64(int fd, off64_t bytes) noexcept
{
    return truncate_to(fd, bytes);
}

int fsync(int fd)
{
    return sync(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync(fd, SYS_fdatasync);
}

int rename(const char* from, const char* to) noexcept
{
    const std::lock_guard lock{mutex};
    const auto result = static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
    if (result == 0 && is_watched(from)) {
        record({.kind = Call::Kind::rename, .path = from, .to = to});
    }
    return result;
}

int unlink(const char* path) noexcept
{
    return unlink_at(AT_FDCWD, path, 0);
}

int unlinkat(int directory, const char* path, int flags) noexcept
{
    return unlink_at(directory, path, flags);
}

int mkdir(const char* path, mode_t mode) noexcept
{
    const std::lock_guard lock{mutex};
    const auto result = static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
    if (result == 0 && is_watched(path)) {
        record({.kind = Call::Kind::make_directory, .path = path});
    }
    return result;
}

int open(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const auto mode = makes_file(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const auto mode = makes_file(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char* path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const auto mode = makes_file(flags) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(directory, path, flags, mode);
}

}  // extern "C"
