// A directory through commands of the account's shell, for servers without sftp.
#pragma once

#include "storage/remote/options.hpp"
#include "storage/remote/ssh/files.hpp"
#include "storage/remote/ssh/stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace duplid::ssh {

/// A connection that commands can be run over, one at a time.
struct Shell {
    std::function<std::unique_ptr<Stream>(const std::string& command)> start;
    std::function<bool()> is_dead;
};

/// Needs a POSIX shell with cat, mv, rm, ls, find and wc; stat where it is there makes listing
/// quick. Paths are quoted and never read as anything else.
class ShellFiles final : public Files {
public:
    /// `options` outlives it.
    ShellFiles(Shell shell, const remote::RemoteOptions& options, std::string directory,
               std::string server);

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
    [[nodiscard]] bool is_usable() override { return is_usable_ && !shell_.is_dead(); }

private:
    struct Outcome {
        int status = 0;
        std::string errors;
    };

    [[nodiscard]] std::string quoted_path(const std::string& name) const;
    Outcome run(const std::string& command, io::Sink& output, int fd = -1, std::uint64_t bytes = 0);
    [[nodiscard]] std::string run_for_text(const std::string& command, const char* doing,
                                           const std::string& object);
    [[nodiscard]] Error failure_of(const Outcome& outcome, const char* doing,
                                   const std::string& object) const;

    Shell shell_;
    const remote::RemoteOptions& options_;
    std::string directory_;
    std::string server_;
    bool is_usable_ = true;
};

/// `text` as one word for a shell.
[[nodiscard]] std::string shell_quoted(std::string_view text);

/// What the listing command prints: "SIZE/./NAME/", lines or not between them, and at the end "//".
/// SIZE may be missing. Throws: Error unreachable for anything else.
[[nodiscard]] std::vector<FileEntry> parse_shell_listing(std::string_view text);

}  // namespace duplid::ssh
