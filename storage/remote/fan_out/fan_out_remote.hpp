// Several targets that hold the same files, as one: what is put goes to all of them.
//
// Not duplicity's `multi:` (multi/), whose members are pieces of one target. Here each target is
// whole by itself, and one that fails is left behind while the others go on.
#pragma once

#include "storage/io/error.hpp"
#include "storage/remote/remote.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace duplid::fan_out {

/// One of the targets, lent: it outlives the fan-out. One that should be asked again when it does
/// not answer does so by itself (RetryingRemote).
struct Part {
    std::string name;  ///< for messages
    remote::Remote& remote;
};

/// Every operation is for all targets that are in. A target that fails is out from then on, and
/// `on_loss` is told, before the operation returns; the last one that is in is never lost: what it
/// fails with is what the operation throws. A request to stop (Error cancelled) is nobody's
/// failure and passes at once.
///
/// What is listed is what all have, name by name with the same size; what only some have is told
/// by strays(). So whoever goes on with a half-stored set by the listing keeps only what is
/// everywhere. Files are read from the first target that is in.
///
/// A put goes to all of them at once, a thread each, and ends with the slowest. Its spool is read
/// by these threads together: it lies in the directory of none of the targets, which would make it
/// its file.
///
/// Each listing is also the moment at which a target is looked at as a whole: one that no longer
/// has what was put, or what was there at the beginning (`kept`), is lost. Disks vanish and leave
/// the folder that they were mounted on.
///
/// Threads: as Remote.
class FanOutRemote final : public remote::Remote {
public:
    /// Told of a target that is lost, from the thread of the operation; what it throws ends the
    /// operation, of which nothing counts as done then. Several may be told of at once.
    using OnLoss = std::function<void(std::size_t part, const Error& why)>;

    /// `parts` is not empty; `kept` are names that every one of them has, and must go on having.
    FanOutRemote(std::vector<Part> parts, const std::vector<std::string>& kept, OnLoss on_loss);

    [[nodiscard]] std::vector<remote::Listed> list() override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override;
    [[nodiscard]] io::Bytes get_range(const std::string& name, std::uint64_t offset,
                                      std::size_t bytes) override;
    [[nodiscard]] std::optional<io::Fd> open_local(const std::string& name) override;
    void remove(std::span<const std::string> names) override;
    /// Of the first that has it: nothing only when none of them has.
    [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) override;
    [[nodiscard]] std::optional<std::uint64_t> size_after_put(const std::string& name,
                                                              std::uint64_t bytes) override;
    [[nodiscard]] std::string description() const override;
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

    /// Names that some have and the last list() did not show.
    [[nodiscard]] std::vector<std::string> strays() const;
    [[nodiscard]] bool is_in(std::size_t part) const;

private:
    using Sizes = std::map<std::string, std::uint64_t>;

    [[nodiscard]] std::vector<std::size_t> parts_in() const;
    void lose(std::size_t part, const Error& why);
    void put_on(std::size_t part, io::TempFile& spool, const std::string& name);
    template <typename Action>
    auto from_first(const std::string& name, Action action);
    [[nodiscard]] std::optional<Error> what_is_lost(std::size_t part, Sizes& listing);

    std::vector<Part> parts_;
    OnLoss on_loss_;
    mutable std::mutex mutex_;  ///< of everything below
    std::vector<bool> out_;
    Sizes expected_;  ///< unknown_bytes: whatever it has
    std::vector<std::string> strays_;
};

}  // namespace duplid::fan_out
