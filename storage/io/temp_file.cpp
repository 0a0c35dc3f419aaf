#include "storage/io/temp_file.hpp"

#include "storage/io/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace duplid::io {

namespace {

constexpr int name_tries_max = 16;
// Less than the 255 that file systems take: servers add letters of their own to what they write
// (lighttpd, seen). Some refuse names that are no UTF-8, and so a letter is not cut.
constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t letter_bytes_max = 4;

std::uint64_t random_number()
{
    std::uint64_t number = 0;
    // Eight bytes are never cut short once the kernel's generator is seeded.
    if (::getrandom(&number, sizeof number, 0) != sizeof number) {
        throw system_error(errno, "asking for random bytes", "");
    }
    return number;
}

/// Whether a letter of UTF-8 began before this byte.
bool is_inside_letter(char byte) noexcept
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

std::string directory_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

std::string default_temp_directory()
{
    for (const char* variable : std::array{"TMPDIR", "TEMP", "TMP"}) {
        const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): never set here
        if (value != nullptr && *value != '\0') {
            return value;
        }
    }
    return "/tmp";
}

std::string temporary_name(std::string_view name)
{
    auto temporary = fmt::format(".duplid-tmp-{:016x}-{}", random_number(), name);
    if (temporary.size() > name_bytes_max) {
        auto bytes = name_bytes_max;
        while (bytes > name_bytes_max - letter_bytes_max && is_inside_letter(temporary[bytes])) {
            --bytes;
        }
        temporary.resize(bytes);
    }
    return temporary;
}

TempFile TempFile::unnamed(const std::string& directory)
{
    const int number = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (number >= 0) {
        return TempFile{Fd{number}, {}};
    }
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
        throw system_error(errno, "making a temporary file in", directory);
    }
    auto path = directory + "/duplid-XXXXXX";
    Fd fd{::mkostemp(path.data(), O_CLOEXEC)};
    if (!fd) {
        throw system_error(errno, "making a temporary file in", directory);
    }
    ::unlink(path.c_str());
    return TempFile{std::move(fd), {}};
}

TempFile TempFile::beside(const std::string& path, unsigned mode)
{
    const auto directory = directory_of(path);
    const auto name = path.substr(path.rfind('/') + 1);
    for (int tries = 0; tries < name_tries_max; ++tries) {
        auto temporary = fmt::format("{}/{}", directory, temporary_name(name));
        const int number =
            ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
        if (number >= 0) {
            return TempFile{Fd{number}, std::move(temporary)};
        }
        if (errno != EEXIST && errno != EINTR) {
            throw system_error(errno, "making a temporary file for", path);
        }
    }
    throw Error{Error::Kind::internal, "no free temporary name for " + path, path};
}

TempFile::TempFile(TempFile&& other) noexcept
    : fd_{std::move(other.fd_)}, path_{std::exchange(other.path_, {})}
{
}

TempFile& TempFile::operator=(TempFile&& other) noexcept
{
    if (this != &other) {
        discard();
        fd_ = std::move(other.fd_);
        path_ = std::exchange(other.path_, {});
    }
    return *this;
}

std::uint64_t TempFile::bytes() const
{
    struct stat facts {};
    if (::fstat(fd_.get(), &facts) != 0) {
        throw system_error(errno, "looking at", path_);
    }
    return static_cast<std::uint64_t>(facts.st_size);
}

void TempFile::publish(const std::string& path)
{
    sync_file(fd_.get(), path);
    rename_to(path);
    sync_directory(directory_of(path));
}

void TempFile::rename_to(const std::string& path)
{
    if (::rename(path_.c_str(), path.c_str()) != 0) {
        throw system_error(errno, "renaming a temporary file to", path);
    }
    path_.clear();
}

void TempFile::discard() noexcept
{
    if (!path_.empty()) {
        ::unlink(path_.c_str());
        path_.clear();
    }
}

TempDirectory::TempDirectory(const std::string& below)
{
    path_ = below + "/duplid-XXXXXXXX";
    // mkdtemp() replaces only the last six X; the name stays within what cleaners look for.
    if (::mkdtemp(path_.data()) == nullptr) {
        throw system_error(errno, "making a temporary directory in", below);
    }
}

TempDirectory::TempDirectory(TempDirectory&& other) noexcept : path_{std::exchange(other.path_, {})}
{
}

TempDirectory::~TempDirectory()
{
    if (!path_.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
}

}  // namespace duplid::io
