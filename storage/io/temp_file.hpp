// Files and directories that vanish unless they are given a name.
#pragma once

#include "storage/io/fd.hpp"

#include <string>
#include <string_view>

namespace duplid::io {

/// The directory for temporary files: $TMPDIR, $TEMP, $TMP, else /tmp (command-line.md 9.1).
[[nodiscard]] std::string default_temp_directory();

/// `.duplid-tmp-<16 hex>-<name>` (backends.md 1.6), cut to 200 bytes, but inside of no letter: what
/// a file is called, also on a server, until it may be seen as `name`. Another one each time.
[[nodiscard]] std::string temporary_name(std::string_view name);

/// A file that is removed with this object unless publish() gave it its name. Move-only.
class TempFile {
public:
    /// An unnamed file (O_TMPFILE where the file system has it), mode 0600; never published.
    [[nodiscard]] static TempFile unnamed(const std::string& directory);

    /// A file in the directory of `path`, called by temporary_name(), to be published as `path`.
    /// Its mode is `mode` less the umask.
    [[nodiscard]] static TempFile beside(const std::string& path, unsigned mode);

    TempFile(TempFile&& other) noexcept;
    TempFile& operator=(TempFile&& other) noexcept;
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    ~TempFile() { discard(); }

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }
    /// Where the file is now; empty for an unnamed one.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::uint64_t bytes() const;

    /// fsync, rename to `path` (same directory), fsync of the directory. The descriptor stays
    /// open for reading. Throws: Error; the temporary file then stays and can be published again.
    void publish(const std::string& path);

    /// As publish(), without any fsync: for what can be made again after a power cut.
    void rename_to(const std::string& path);

    /// The descriptor alone, of a file that is unnamed or published; this object then holds none.
    [[nodiscard]] Fd take_fd() noexcept { return std::move(fd_); }

    /// Removes the file now; harmless after publish().
    void discard() noexcept;

private:
    TempFile(Fd fd, std::string path) noexcept : fd_{std::move(fd)}, path_{std::move(path)} {}

    Fd fd_;
    std::string path_;
};

/// A directory `duplid-XXXXXXXX`, mode 0700, removed with everything below it. Move-only.
class TempDirectory {
public:
    explicit TempDirectory(const std::string& below = default_temp_directory());
    TempDirectory(TempDirectory&& other) noexcept;
    TempDirectory& operator=(TempDirectory&&) = delete;
    TempDirectory(const TempDirectory&) = delete;
    ~TempDirectory();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

}  // namespace duplid::io
