// A directory through an sftp server.
#pragma once

#include "storage/remote/ssh/files.hpp"
#include "storage/remote/ssh/sftp_client.hpp"

#include <memory>

namespace duplid::ssh {

/// put() writes a temporary file and renames it. Where the server cannot replace a file by a rename
/// (no posix-rename@openssh.com), an older file of that name is removed first: for a moment there
/// is none, never a part of one.
class SftpFiles final : public Files {
public:
    SftpFiles(std::unique_ptr<SftpClient> client, std::string directory);

    void make_directory() override;
    [[nodiscard]] std::vector<FileEntry> list() override;
    void put(int fd, std::uint64_t bytes, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    bool remove(const std::string& name) override;
    void rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] bool has_directory() override;
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;
    [[nodiscard]] bool is_usable() override { return client_->is_idle(); }

private:
    [[nodiscard]] std::string path_of(const std::string& name) const
    {
        return path_in(directory_, name);
    }
    std::uint64_t read(const std::string& path, std::uint64_t offset, std::uint64_t bytes,
                       io::Sink& sink);
    void upload(int fd, std::uint64_t bytes, const std::string& path);
    void take_place(const std::string& from, const std::string& to);
    [[nodiscard]] Error explained(const Error& error, std::uint64_t bytes);

    std::unique_ptr<SftpClient> client_;
    std::string directory_;
};

}  // namespace duplid::ssh
