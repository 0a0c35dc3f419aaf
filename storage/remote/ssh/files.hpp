// What a target needs of one connection, in one of the two ways in which a server keeps files for
// us: its sftp server, or commands of its shell.
#pragma once

#include "storage/io/bytes.hpp"
#include "storage/io/sink.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace duplid::ssh {

struct FileEntry {
    std::string name;
    std::uint64_t bytes;                      ///< remote::unknown_bytes where it is not told
    std::optional<std::uint32_t> modified{};  ///< seconds since 1970
};

/// One directory at the far side of one connection. One thread at a time.
///
/// Names are those of remote.hpp, checked by the caller. Throws: Error as remote.hpp has it.
class Files {
public:
    Files() = default;
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    virtual ~Files() = default;

    /// Makes the directory, with parents, if it is not there.
    virtual void make_directory() = 0;
    /// Files only, our temporary ones among them.
    [[nodiscard]] virtual std::vector<FileEntry> list() = 0;
    /// The first `bytes` bytes of `fd` become the file, at once.
    virtual void put(int fd, std::uint64_t bytes, const std::string& name) = 0;
    virtual void get(const std::string& name, io::Sink& sink) = 0;
    [[nodiscard]] virtual io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                              std::size_t bytes) = 0;
    /// False when it was not there.
    virtual bool remove(const std::string& name) = 0;
    virtual void rename(const std::string& from, const std::string& to) = 0;
    /// Nothing when it is not there, or no file.
    [[nodiscard]] virtual std::optional<std::uint64_t> size_of(const std::string& name) = 0;
    [[nodiscard]] virtual bool has_directory() = 0;
    [[nodiscard]] virtual std::optional<std::uint64_t> free_bytes() = 0;

    /// Whether it may be used for the next operation.
    [[nodiscard]] virtual bool is_usable() = 0;
};

/// Where `name` is in `directory`, which may be "" for the login directory.
[[nodiscard]] std::string path_in(const std::string& directory, const std::string& name);

}  // namespace duplid::ssh
