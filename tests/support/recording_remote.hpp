// A target that remembers what it was asked, so that a test can say what something costs.
#pragma once

#include "tests/support/forwarding_remote.hpp"

#include <algorithm>
#include <mutex>

namespace duplid::support {

/// Calls read "list", "put NAME", "get NAME", "get_range NAME", "open_local NAME", "remove NAME"
/// (one for each name), "size_of NAME".
class RecordingRemote final : public ForwardingRemote {
public:
    using ForwardingRemote::ForwardingRemote;

    std::vector<remote::Listed> list() override
    {
        record("list");
        return ForwardingRemote::list();
    }
    void put(io::TempFile& spool, const std::string& name) override
    {
        record("put " + name);
        ForwardingRemote::put(spool, name);
    }
    void get(const std::string& name, io::Sink& sink) override
    {
        record("get " + name);
        ForwardingRemote::get(name, sink);
    }
    io::Bytes get_range(const std::string& name, std::uint64_t offset, std::size_t bytes) override
    {
        record("get_range " + name);
        return ForwardingRemote::get_range(name, offset, bytes);
    }
    std::optional<io::Fd> open_local(const std::string& name) override
    {
        record("open_local " + name);
        return ForwardingRemote::open_local(name);
    }
    void remove(std::span<const std::string> names) override
    {
        for (const auto& name : names) {
            record("remove " + name);
        }
        ForwardingRemote::remove(names);
    }
    std::optional<std::uint64_t> size_of(const std::string& name) override
    {
        record("size_of " + name);
        return ForwardingRemote::size_of(name);
    }

    /// All calls so far, in order.
    [[nodiscard]] std::vector<std::string> calls() const
    {
        const std::lock_guard guard{mutex_};
        return calls_;
    }
    /// How many calls were "OPERATION" or "OPERATION NAME".
    [[nodiscard]] std::size_t count(const std::string& operation) const
    {
        const std::lock_guard guard{mutex_};
        return static_cast<std::size_t>(
            std::count_if(calls_.begin(), calls_.end(), [&](const std::string& call) {
                return call == operation || call.starts_with(operation + ' ');
            }));
    }
    void forget()
    {
        const std::lock_guard guard{mutex_};
        calls_.clear();
    }

private:
    void record(std::string call)
    {
        const std::lock_guard guard{mutex_};
        calls_.push_back(std::move(call));
    }

    mutable std::mutex mutex_;
    std::vector<std::string> calls_;
};

}  // namespace duplid::support
