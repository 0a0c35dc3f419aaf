// What runs warn of, in the reference's words and numbers.
#pragma once

#include "ctl/duplicity/actions/action.hpp"
#include "proto/event.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace duplid::duplicity {

/// Events that mean the same in every run: warnings, retries, skipped objects, notes.
class RunWarnings {
public:
    explicit RunWarnings(Context& context) : context_{context} {}

    void take(const proto::Event& event);

    /// Objects that were not restored as they were, or could not be read.
    [[nodiscard]] std::uint64_t unwritten() const noexcept { return unwritten_; }
    /// The object that the newest of these warnings is about.
    [[nodiscard]] const std::string& last_unwritten() const noexcept { return last_unwritten_; }
    /// What is wrong with the first damaged volume: what the reference would have ended with.
    [[nodiscard]] const std::optional<proto::RpcError>& damage() const noexcept { return damage_; }

private:
    void warn(const proto::RpcError& error);
    void not_written(const proto::RpcError& error);
    void damaged_volume(const proto::RpcError& error);
    void skipped(const proto::SkippedEvent& event);

    Context& context_;
    std::uint64_t unwritten_ = 0;
    std::string last_unwritten_;
    std::optional<proto::RpcError> damage_;
};

/// A file that was put has another size on the target, with the detail wrong_size: it is, or was,
/// asked for again.
void tell_wrong_size(Context& context, const proto::RpcError& error);

/// An attempt that failed and is repeated; of other events nothing.
void tell_retries(Context& context, const proto::Event& event);

/// An error as Python prints it: "[Errno 17] File exists", or the cause where there is no number.
[[nodiscard]] std::string system_words(const proto::RpcError& error);

/// The class of exception that the reference has for it: PermissionError, OSError, ...
[[nodiscard]] std::string exception_class(const proto::RpcError& error);

}  // namespace duplid::duplicity
