// A directory through a program that takes sftp's commands, and one that takes scp's arguments:
// --sftp-command and --scp-command, for those who must use a certain one.
#pragma once

#include "storage/remote/command/child.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/ssh/files.hpp"
#include "storage/remote/ssh/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace duplid::ssh {

/// Runs the program once for each operation, with `-b -` and its commands on standard input, as
/// OpenSSH's sftp takes them. Names with line breaks cannot be said in them: Error invalid. The
/// program asks nobody, so that it gets no password from here.
class SftpProgram final : public Files {
public:
    /// Both outlive it. With --scp-command that program moves the files, and sftp does the rest.
    SftpProgram(const Settings& settings, const remote::RemoteOptions& options);

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
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override { return std::nullopt; }
    [[nodiscard]] bool is_usable() override { return true; }

private:
    [[nodiscard]] std::string path_of(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> words_for(const std::string& program,
                                                     const remote::RateLimit* limit) const;
    [[nodiscard]] command::Finished run_program(std::vector<std::string> words,
                                                const std::string& input) const;
    [[nodiscard]] command::Finished run(const std::string& script,
                                        const remote::RateLimit* limit = nullptr) const;
    std::string expect(const command::Finished& finished, const char* doing,
                       const std::string& object) const;
    void move(bool up, const std::string& local, const std::string& path) const;

    const Settings& settings_;
    const remote::RemoteOptions& options_;
};

/// `text` as one word of an sftp command, with no character in it that stands for others.
/// Throws: Error invalid for line breaks.
[[nodiscard]] std::string sftp_quoted(const std::string& text);

/// The files among the lines that `ls -lna` prints. What is no such line is passed over.
[[nodiscard]] std::vector<FileEntry> parse_long_listing(std::string_view text);

}  // namespace duplid::ssh
