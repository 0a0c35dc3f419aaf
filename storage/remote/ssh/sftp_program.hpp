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
/// OpenSSH's sftp takes them. Error invalid for names that cannot be said in them, which have line
/// breaks, or that its listings show as another one (is_shown_as_another()). The program asks
/// nobody, so that it gets no password from here.
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
    [[nodiscard]] std::optional<std::uint64_t> size_at(const std::string& path) const;
    void move(bool up, const std::string& local, const std::string& path) const;

    const Settings& settings_;
    const remote::RemoteOptions& options_;
};

/// A path as one word of those sftp commands that take it as it is: cd, mkdir, rename, and where
/// get and put write to. Throws: Error invalid for line breaks.
[[nodiscard]] std::string sftp_path(const std::string& path);
/// The same for those that take a pattern: ls, rm, and what get and put read. It matches that path
/// only. Throws: as sftp_path().
[[nodiscard]] std::string sftp_pattern(const std::string& path);

/// The files among the lines that `ls -lna` prints in the locale "C". What is no such line is
/// passed over.
[[nodiscard]] std::vector<FileEntry> parse_long_listing(std::string_view text);
/// Whether such a listing shows this name as it shows another one: it holds, say, the four
/// characters \303, which are also how the byte of that number is shown.
[[nodiscard]] bool is_shown_as_another(std::string_view name);

}  // namespace duplid::ssh
