#include "storage/remote/fan_out/fan_out_remote.hpp"

#include "storage/remote/resuming_sink.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>
#include <set>
#include <utility>

namespace duplid::fan_out {

namespace {

bool is_same_size(std::uint64_t one, std::uint64_t other) noexcept
{
    return one == other || one == remote::unknown_bytes || other == remote::unknown_bytes;
}

Error lost(const std::string& name, const Part& part)
{
    return {Error::Kind::unreachable, "it has lost " + name + " while the backup was made",
            part.remote.description(), "is the disk still mounted?"};
}

}  // namespace

FanOutRemote::FanOutRemote(std::vector<Part> parts, const std::vector<std::string>& kept,
                           OnLoss on_loss)
    : parts_{std::move(parts)}, on_loss_{std::move(on_loss)}, out_(parts_.size(), false)
{
    if (parts_.empty()) {
        throw Error{Error::Kind::internal, "a fan-out without targets"};
    }
    for (const auto& name : kept) {
        expected_.emplace(name, remote::unknown_bytes);
    }
}

std::vector<std::size_t> FanOutRemote::parts_in() const
{
    const std::lock_guard guard{mutex_};
    std::vector<std::size_t> in;
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        if (!out_[part]) {
            in.push_back(part);
        }
    }
    return in;
}

bool FanOutRemote::is_in(std::size_t part) const
{
    const std::lock_guard guard{mutex_};
    return !out_.at(part);
}

/// Two threads may fail on one target at once, and be told of it once.
void FanOutRemote::lose(std::size_t part, const Error& why)
{
    if (why.kind() == Error::Kind::cancelled) {
        throw Error{why};
    }
    {
        const std::lock_guard guard{mutex_};
        if (out_[part]) {
            return;
        }
        if (std::count(out_.begin(), out_.end(), false) == 1) {
            throw Error{why};
        }
        out_[part] = true;
    }
    on_loss_(part, why);
}

/// Something that was put there and is no longer; what the listing only does not show yet is added
/// to it.
std::optional<Error> FanOutRemote::what_is_lost(std::size_t part, Sizes& listing)
{
    const auto expected = [this] {
        const std::lock_guard guard{mutex_};
        return expected_;
    }();
    for (const auto& [name, bytes] : expected) {
        const auto listed = listing.find(name);
        if (listed != listing.end() && is_same_size(listed->second, bytes)) {
            continue;
        }
        const auto there = parts_[part].remote.size_of(name);
        if (!there || !is_same_size(*there, bytes)) {
            return lost(name, parts_[part]);
        }
        listing[name] = *there;
    }
    return std::nullopt;
}

std::vector<remote::Listed> FanOutRemote::list()
{
    std::vector<Sizes> listings;
    for (const auto part : parts_in()) {
        try {
            Sizes listing;
            for (auto& file : parts_[part].remote.list()) {
                listing.emplace(std::move(file.name), file.bytes);
            }
            if (const auto error = what_is_lost(part, listing)) {
                throw Error{*error};
            }
            listings.push_back(std::move(listing));
        } catch (const Error& error) {
            lose(part, error);
        }
    }
    std::vector<remote::Listed> all;
    std::set<std::string> some;
    for (const auto& listing : listings) {
        for (const auto& file : listing) {
            some.insert(file.first);
        }
    }
    for (const auto& file : listings.front()) {
        const bool is_everywhere =
            std::all_of(listings.begin(), listings.end(), [&file](const Sizes& listing) {
                const auto found = listing.find(file.first);
                return found != listing.end() && is_same_size(found->second, file.second);
            });
        if (is_everywhere) {
            all.push_back({file.first, file.second});
            some.erase(file.first);
        }
    }
    const std::lock_guard guard{mutex_};
    strays_.assign(some.begin(), some.end());
    return all;
}

/// One target's share of a put: what goes wrong costs that target, and no other.
void FanOutRemote::put_on(std::size_t part, io::TempFile& spool, const std::string& name)
{
    try {
        auto& target = parts_[part].remote;
        const auto bytes = spool.bytes();
        target.put(spool, name);
        const auto there = target.size_after_put(name, bytes);
        if (const auto error = remote::wrong_size(name, there, bytes)) {
            throw Error{*error};
        }
    } catch (const Error& error) {
        lose(part, error);
    }
}

// To all at once: it takes as long as with the slowest of them, and not as long as with all. Who
// calls has several files under way, so that a quick target comes to be ahead by so many and no
// more: each file has to be kept until the last target has it.
void FanOutRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    const auto bytes = spool.bytes();
    {
        // Until all have it, nobody may count on it.
        const std::lock_guard guard{mutex_};
        expected_.erase(name);
    }
    const auto parts = parts_in();
    // Without a thread to be had, the deferred ones have their turn below.
    std::vector<std::future<void>> others;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        others.push_back(
            std::async(std::launch::async | std::launch::deferred,
                       [this, part = parts[i], &spool, &name] { put_on(part, spool, name); }));
    }
    std::exception_ptr failure;
    const auto attempt = [&failure](const auto& share) {
        try {
            share();
        } catch (...) {
            failure = failure ? failure : std::current_exception();
        }
    };
    attempt([&] { put_on(parts.front(), spool, name); });
    for (auto& other : others) {
        attempt([&other] { other.get(); });
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    const std::lock_guard guard{mutex_};
    expected_[name] = bytes;
}

// `action` is given one target after the other until one of them can do it.
template <typename Action>
auto FanOutRemote::from_first(const std::string& name, Action action)
{
    remote::check_name(name);
    std::optional<Error> failure;
    for (const auto part : parts_in()) {
        try {
            return action(parts_[part].remote);
        } catch (const Error& error) {
            // That a file is missing may be all that was to be found out.
            if (error.kind() != Error::Kind::not_found) {
                lose(part, error);
            }
            failure = error;
        }
    }
    throw failure ? *failure : Error{Error::Kind::not_found, "no target has it: " + name, name};
}

void FanOutRemote::get(const std::string& name, io::Sink& sink)
{
    remote::ResumingSink resuming{sink};
    std::exception_ptr final_failure;
    from_first(name, [&](remote::Remote& target) {
        resuming.start_again();
        try {
            target.get(name, resuming);
            if (resuming.is_behind()) {
                throw Error{Error::Kind::corrupt, "it is shorter here than elsewhere: " + name,
                            name};
            }
        } catch (const Error& error) {
            const bool is_tainted =
                error.kind() == Error::Kind::corrupt && resuming.delivered() > 0;
            if (!resuming.next_failed() && !is_tainted) {
                throw;
            }
            // Another copy cannot take back what was handed on, nor mend the sink.
            final_failure = std::current_exception();
        }
    });
    if (final_failure) {
        std::rethrow_exception(final_failure);
    }
}

bool FanOutRemote::can_read_ranges() const noexcept
{
    return std::all_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.remote.can_read_ranges(); });
}

io::Bytes FanOutRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    return from_first(
        name, [&](remote::Remote& target) { return target.get_range(name, offset, bytes); });
}

std::optional<io::Fd> FanOutRemote::open_local(const std::string& name)
{
    return from_first(name, [&](remote::Remote& target) { return target.open_local(name); });
}

void FanOutRemote::remove(std::span<const std::string> names)
{
    std::for_each(names.begin(), names.end(), remote::check_name);
    {
        const std::lock_guard guard{mutex_};
        for (const auto& name : names) {
            expected_.erase(name);
        }
    }
    for (const auto part : parts_in()) {
        try {
            parts_[part].remote.remove(names);
        } catch (const Error& error) {
            lose(part, error);
        }
    }
}

std::optional<std::uint64_t> FanOutRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    for (const auto part : parts_in()) {
        try {
            if (const auto bytes = parts_[part].remote.size_of(name)) {
                return bytes;
            }
        } catch (const Error& error) {
            lose(part, error);
        }
    }
    return std::nullopt;
}

// put() has looked at each of them.
std::optional<std::uint64_t> FanOutRemote::size_after_put(const std::string& name,
                                                          std::uint64_t /*bytes*/)
{
    {
        const std::lock_guard guard{mutex_};
        if (const auto put = expected_.find(name); put != expected_.end()) {
            return put->second;
        }
    }
    return size_of(name);
}

std::string FanOutRemote::description() const
{
    std::vector<std::string> all;
    for (const auto part : parts_in()) {
        all.push_back(parts_[part].remote.description());
    }
    return fmt::format("{}", fmt::join(all, ", "));
}

std::optional<std::uint64_t> FanOutRemote::free_bytes()
{
    std::optional<std::uint64_t> room;
    for (const auto part : parts_in()) {
        try {
            const auto its = parts_[part].remote.free_bytes();
            room = room && its ? std::min(*room, *its) : its ? its : room;
        } catch (const Error&) {
            // Advice only.
            continue;
        }
    }
    return room;
}

std::vector<std::string> FanOutRemote::strays() const
{
    const std::lock_guard guard{mutex_};
    return strays_;
}

}  // namespace duplid::fan_out
