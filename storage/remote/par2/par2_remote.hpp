// Files with recovery data beside them, on any other target: `par2+URL` (backends.md 6.1).
#pragma once

#include "storage/remote/command/child.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duplid::par2 {

/// For each NAME there are NAME.par2 and some NAME.volA+B.par2, made by the par2 program. They
/// arrive before NAME does, so that whatever is listed can be repaired; list() hides them, remove()
/// takes them along. get() proves a file and repairs it where it must, so it is fetched whole
/// first: parts of files cannot be read.
///
/// Reads of `RemoteOptions`: par2, temp_directory, variables (PATH).
/// Threads: as Remote, if `next` is.
class Par2Remote final : public remote::Remote {
public:
    /// Throws: Error not_found when there is no par2 program, invalid for options that have no
    /// words.
    Par2Remote(std::unique_ptr<remote::Remote> next, remote::RemoteOptions options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    [[nodiscard]] io::TempFile make_spool(const std::string& name,
                                          const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override;
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

private:
    /// Runs par2 with these words; its exit status, or Error when it was killed.
    [[nodiscard]] int run(std::vector<std::string> words) const;
    [[nodiscard]] bool make_recovery_files(const std::string& path) const;
    void put_recovery_files(const std::string& directory, const std::string& name);
    [[nodiscard]] bool fetch(const std::string& name, const std::string& path);
    void repair(const std::string& name, const std::string& directory);

    std::unique_ptr<remote::Remote> next_;
    remote::RemoteOptions options_;
    std::vector<std::string> own_words_;
};

/// Whether `file` is recovery data of `name`: NAME.par2 or NAME.vol<digits>+<digits>.par2.
[[nodiscard]] bool is_companion(std::string_view file, std::string_view name) noexcept;

}  // namespace duplid::par2
