// A target whose operations somebody counts, and may hold back.
#pragma once

#include "storage/remote/remote.hpp"

#include <memory>
#include <utility>

namespace duplid::remote {

/// Called by the threads of the operations.
class OperationObserver {
public:
    OperationObserver() = default;
    OperationObserver(const OperationObserver&) = delete;
    OperationObserver& operator=(const OperationObserver&) = delete;
    virtual ~OperationObserver() = default;

    /// An operation is about to begin, and does once this has returned: between two of them is
    /// where work on a target can stand still without anything being half done.
    virtual void operation_begins() noexcept = 0;
    /// One that belongs to the last is about to begin, and is not to be held back: what was put is
    /// worth nothing until its size was asked for.
    virtual void operation_continues() noexcept = 0;
    /// One that had begun, or continued, has ended, well or not.
    virtual void operation_ended() noexcept = 0;
};

/// One operation, from its beginning to its end; or anything else that a run waits for and that has
/// a limit of its own.
class Observed {
public:
    enum class Start { begins, continues };

    /// `observer` outlives it.
    explicit Observed(OperationObserver& observer, Start start = Start::begins) noexcept
        : observer_{observer}
    {
        if (start == Start::begins) {
            observer_.operation_begins();
        } else {
            observer_.operation_continues();
        }
    }
    Observed(const Observed&) = delete;
    Observed& operator=(const Observed&) = delete;
    ~Observed() { observer_.operation_ended(); }

private:
    OperationObserver& observer_;
};

/// Tells of everything that may take its time at `next`. Threads: as Remote, if `next` is.
class ObservedRemote final : public Remote {
public:
    /// `observer` outlives it.
    ObservedRemote(std::unique_ptr<Remote> next, OperationObserver& observer)
        : next_{std::move(next)}, observer_{observer}
    {
    }

    std::vector<Listed> list() override;
    io::TempFile make_spool(const std::string& name, const std::string& temp_directory) override;
    void put(io::TempFile& spool, const std::string& name) override;
    void get(const std::string& name, io::Sink& sink) override;
    [[nodiscard]] bool can_read_ranges() const noexcept override;
    io::Bytes get_range(const std::string& name, std::uint64_t offset, std::size_t bytes) override;
    std::optional<io::Fd> open_local(const std::string& name) override;
    void remove(std::span<const std::string> names) override;
    [[nodiscard]] bool can_rename() const noexcept override;
    void rename(const std::string& from, const std::string& to) override;
    std::optional<std::uint64_t> size_of(const std::string& name) override;
    std::optional<std::uint64_t> size_after_put(const std::string& name,
                                                std::uint64_t bytes) override;
    [[nodiscard]] std::string description() const override;
    std::optional<std::uint64_t> free_bytes() override;

private:
    std::unique_ptr<Remote> next_;
    OperationObserver& observer_;
};

}  // namespace duplid::remote
