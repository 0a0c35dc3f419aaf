// A target made of several others: `multi:` URLs (backends.md 6.2).
#pragma once

#include "storage/io/error.hpp"
#include "storage/remote/multi/configuration.hpp"
#include "storage/remote/options.hpp"
#include "storage/remote/remote.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

namespace duplid::multi {

/// From a member's URL to the target behind it: what the table of schemes does, which stands above
/// this folder.
using Opener = std::unique_ptr<remote::Remote> (*)(std::string_view url,
                                                   const remote::RemoteOptions& options);

/// One of the others, opened when it is needed: one that is away when a run begins may come back.
class Member {
public:
    /// Throws: Error invalid when no such target can be opened, ever; other failures show in
    /// remote().
    Member(const MemberPlan& plan, const remote::RemoteOptions& base, Opener open);

    /// Throws: whatever opening throws. Any thread.
    [[nodiscard]] remote::Remote& remote();
    [[nodiscard]] bool takes(const std::string& name) const noexcept;
    /// Can read ranges, or is not open: then nobody knows.
    [[nodiscard]] bool may_read_ranges() const noexcept;
    /// Its URL without password.
    [[nodiscard]] const std::string& shown() const noexcept { return shown_; }
    /// True the first time.
    [[nodiscard]] bool is_first_failure() noexcept { return !has_failed_.exchange(true); }

private:
    std::string url_;
    std::string shown_;
    std::vector<std::string> prefixes_;
    remote::RemoteOptions options_;
    Opener open_;
    mutable std::mutex mutex_;
    std::unique_ptr<remote::Remote> remote_;
    std::atomic<bool> has_failed_ = false;
};

/// Files are read from the first member that has them and gives them whole, whatever the mode. A
/// member that fails is warned of, once.
///
/// Stripe: files go to the members in turn; a name that is there already is replaced where it is. A
/// listing needs every member: a file that seems to be gone could be deleted for good, or a chain
/// begun anew. Mirror: what members list is put together, of those that answer.
///
/// Threads: as Remote.
class MultiRemote final : public remote::Remote {
public:
    /// Throws: Error invalid for a member that can never be opened.
    MultiRemote(const Configuration& configuration, const remote::RemoteOptions& options,
                Opener open);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override;
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    [[nodiscard]] std::optional<io::Fd> open_local(const std::string& name) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::string description() const override { return "multi://" + path_; }
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

private:
    using Indices = std::vector<std::size_t>;

    [[nodiscard]] bool is_mirror() const noexcept { return mode_ == Mode::mirror; }
    [[nodiscard]] Indices takers_of(const std::string& name) const;
    /// Tells of a failure that another member may make up for. Throws it when none may.
    void pass_over(Member& member, const Error& error);
    template <typename Action>
    auto from_first(const std::string& name, Action action);

    void put_everywhere(io::TempFile& spool, const std::string& name);
    void put_in_turn(io::TempFile& spool, const std::string& name);
    [[nodiscard]] Indices places_of(const std::string& name);
    void remove_everywhere(std::span<const std::string> names);
    void remove_where_it_is(std::span<const std::string> names);

    std::string path_;
    Mode mode_;
    OnFailure on_failure_;
    remote::RemoteOptions options_;
    std::vector<std::unique_ptr<Member>> members_;
    std::atomic<std::size_t> turn_ = 0;

    std::mutex mutex_;
    /// Stripe: who has which file, as listed once and changed since by us. Not set: not listed yet.
    std::optional<std::map<std::string, Indices>> places_;
};

/// Throws: Error invalid; whatever reading the file throws.
[[nodiscard]] std::unique_ptr<remote::Remote>
open_multi(const remote::Url& url, const remote::RemoteOptions& options, Opener open);

}  // namespace duplid::multi
