// A target that fails on order.
#pragma once

#include "storage/io/error.hpp"
#include "tests/support/forwarding_remote.hpp"

#include <limits>
#include <map>
#include <mutex>

namespace duplid::support {

/// Operations are "list", "put", "get", "get_range", "open_local", "remove" and "size_of". Orders
/// are given before or between calls, from any thread.
class FaultyRemote final : public ForwardingRemote {
public:
    using ForwardingRemote::ForwardingRemote;

    /// The `nth` call (1: the next) of any operation throws `error` and does nothing.
    void fail_call(std::uint64_t nth, Error error)
    {
        const std::lock_guard guard{mutex_};
        by_number_.insert_or_assign(calls_ + nth, std::move(error));
    }
    /// The next `times` calls of `operation` throw `error` and do nothing.
    void fail_next(const std::string& operation, unsigned times, Error error)
    {
        const std::lock_guard guard{mutex_};
        by_operation_.insert_or_assign(operation, Order{times, std::move(error)});
    }
    /// The next get() delivers `bytes` bytes and then throws `error`.
    void cut_next_get(std::uint64_t bytes, Error error)
    {
        const std::lock_guard guard{mutex_};
        cut_bytes_ = bytes;
        cut_error_ = std::move(error);
    }
    /// The next put() stores its file, and then throws `error`: the answer was lost.
    void lose_next_put_answer(Error error)
    {
        const std::lock_guard guard{mutex_};
        lost_answer_ = std::move(error);
    }
    /// From now on only so many bytes can be put; more is Error no_space.
    void set_room(std::uint64_t bytes)
    {
        const std::lock_guard guard{mutex_};
        room_ = bytes;
    }

    std::vector<remote::Listed> list() override
    {
        enter("list");
        return ForwardingRemote::list();
    }

    void put(io::TempFile& spool, const std::string& name) override
    {
        enter("put");
        take_room(spool.bytes(), name);
        ForwardingRemote::put(spool, name);
        if (const auto error = take(lost_answer_)) {
            throw Error{*error};
        }
    }

    void get(const std::string& name, io::Sink& sink) override
    {
        enter("get");
        const auto error = take(cut_error_);
        if (!error) {
            ForwardingRemote::get(name, sink);
            return;
        }
        io::MemorySink whole;
        ForwardingRemote::get(name, whole);
        sink.write(whole.view().first(std::min<std::size_t>(cut_bytes_, whole.view().size())));
        throw Error{*error};
    }

    io::Bytes get_range(const std::string& name, std::uint64_t offset, std::size_t bytes) override
    {
        enter("get_range");
        return ForwardingRemote::get_range(name, offset, bytes);
    }
    std::optional<io::Fd> open_local(const std::string& name) override
    {
        enter("open_local");
        return ForwardingRemote::open_local(name);
    }
    void remove(std::span<const std::string> names) override
    {
        enter("remove");
        ForwardingRemote::remove(names);
    }
    std::optional<std::uint64_t> size_of(const std::string& name) override
    {
        enter("size_of");
        return ForwardingRemote::size_of(name);
    }

private:
    struct Order {
        unsigned times;
        Error error;
    };

    void enter(const std::string& operation)
    {
        const std::lock_guard guard{mutex_};
        ++calls_;
        if (const auto found = by_number_.find(calls_); found != by_number_.end()) {
            throw Error{found->second};
        }
        const auto found = by_operation_.find(operation);
        if (found != by_operation_.end() && found->second.times > 0) {
            --found->second.times;
            throw Error{found->second.error};
        }
    }

    void take_room(std::uint64_t bytes, const std::string& name)
    {
        const std::lock_guard guard{mutex_};
        if (bytes > room_) {
            throw Error{Error::Kind::no_space, "the target is full: " + name, name};
        }
        room_ -= bytes;
    }

    std::optional<Error> take(std::optional<Error>& order)
    {
        const std::lock_guard guard{mutex_};
        auto taken = std::move(order);
        order.reset();
        return taken;
    }

    std::mutex mutex_;
    std::uint64_t calls_ = 0;
    std::map<std::uint64_t, Error> by_number_;
    std::map<std::string, Order> by_operation_;
    std::optional<Error> cut_error_;
    std::uint64_t cut_bytes_ = 0;
    std::optional<Error> lost_answer_;
    std::uint64_t room_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace duplid::support
