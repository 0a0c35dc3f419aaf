// A directory that GIO reaches, through the gio program (backends.md 3.8).
#pragma once

#include "storage/remote/gio/location.hpp"
#include "storage/remote/gio/program.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"

#include <mutex>
#include <string>
#include <string_view>

namespace duplid::gio {

struct Entry;

/// Each operation is a run of gio of its own, against what GVfs has mounted in the caller's
/// session. What is not mounted is mounted, and stays so: the session may use it otherwise.
///
/// Uploads go to a temporary name, are measured there, and are renamed. A file that has the name is
/// taken away first, since GVfs replaces none: readers may then find none for a moment, but never a
/// part of one.
///
/// Reads of `RemoteOptions`: timeout, limits, temp_directory, stop, variables (the session's bus
/// and directories, FTP_PASSWORD).
class GioRemote final : public remote::Remote {
public:
    /// Touches nothing yet; mounting and making the directory is for the first operation. `url`
    /// may begin with "gio+". Throws: as locate() and Program().
    GioRemote(std::string_view url, remote::RemoteOptions options);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    [[nodiscard]] io::TempFile make_spool(const std::string& name,
                                          const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return program_.description(); }
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

private:
    [[nodiscard]] std::string uri_of(const std::string& name) const;
    void prepare();
    [[nodiscard]] std::optional<Error> look_for(const std::string& uri) const;
    [[nodiscard]] std::optional<Error> make_directory(const std::string& uri) const;
    [[nodiscard]] Error reason(const command::Finished& mounted, const Error& tried) const;
    void mistrust();
    [[nodiscard]] Error failure(const command::Finished& finished, std::string_view doing,
                                const std::string& object);
    [[nodiscard]] std::vector<Entry> entries();
    void send(io::TempFile& spool, const std::string& temporary, const std::string& name);
    void give_name(const std::string& temporary, const std::string& name);
    void discard(const std::string& uri) noexcept;
    [[nodiscard]] std::optional<std::uint64_t> room();
    void ask_for_room();

    remote::RemoteOptions options_;
    Location location_;
    Program program_;

    std::mutex mutex_;
    /// Nothing has failed since the directory was seen.
    bool is_ready_ = false;
    /// The directory was seen once: from then on it is not made.
    bool was_there_ = false;
    bool has_swept_ = false;
    bool has_asked_for_room_ = false;
    bool has_told_room_ = false;
};

}  // namespace duplid::gio
