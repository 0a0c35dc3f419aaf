#include "storage/remote/multi/multi_remote.hpp"

#include "storage/remote/resuming_sink.hpp"

#include <algorithm>
#include <exception>
#include <fmt/format.h>
#include <set>

namespace duplid::multi {

namespace {

/// A file that names itself as a member would be opened for ever.
constexpr std::uint32_t depth_max = 8;

Error not_found(const std::string& name)
{
    return {Error::Kind::not_found, "no member has it: " + name, name};
}

// A part of what passes.
class RangeSink final : public io::Sink {
public:
    RangeSink(std::uint64_t offset, std::size_t bytes) : skip_{offset}, left_{bytes} {}

    void write(io::ByteView bytes) override
    {
        const auto before = std::min<std::uint64_t>(skip_, bytes.size());
        skip_ -= before;
        bytes = bytes.subspan(static_cast<std::size_t>(before));
        bytes = bytes.first(std::min(left_, bytes.size()));
        left_ -= bytes.size();
        io::append(bytes_, bytes);
    }
    [[nodiscard]] io::Bytes take() noexcept { return std::move(bytes_); }

private:
    std::uint64_t skip_;
    std::size_t left_;
    io::Bytes bytes_;
};

}  // namespace

Member::Member(const MemberPlan& plan, const remote::RemoteOptions& base, Opener open)
    : url_{plan.url}, shown_{remote::redacted(plan.url)}, prefixes_{plan.prefixes}, options_{base},
      open_{open}
{
    for (const auto& [name, value] : plan.variables) {
        options_.variables.set(name, value);
    }
    ++options_.depth;
    try {
        (void)remote();
    } catch (const Error& error) {
        if (error.kind() == Error::Kind::invalid || error.kind() == Error::Kind::cancelled) {
            throw;
        }
    }
}

remote::Remote& Member::remote()
{
    const std::lock_guard guard{mutex_};
    if (!remote_) {
        auto opened = open_(url_, options_);
        remote_ =
            options_.asked_again ? options_.asked_again(std::move(opened)) : std::move(opened);
    }
    return *remote_;
}

bool Member::takes(const std::string& name) const noexcept
{
    return std::ranges::any_of(prefixes_,
                               [&](const std::string& prefix) { return name.starts_with(prefix); });
}

bool Member::may_read_ranges() const noexcept
{
    const std::lock_guard guard{mutex_};
    return !remote_ || remote_->can_read_ranges();
}

MultiRemote::MultiRemote(const Configuration& configuration, const remote::RemoteOptions& options,
                         Opener open)
    : path_{configuration.path}, mode_{configuration.mode},
      on_failure_{configuration.on_failure}, options_{options}
{
    for (const auto& plan : configuration.members) {
        members_.push_back(std::make_unique<Member>(plan, options, open));
    }
}

MultiRemote::Indices MultiRemote::takers_of(const std::string& name) const
{
    Indices all;
    Indices chosen;
    for (std::size_t index = 0; index < members_.size(); ++index) {
        all.push_back(index);
        if (members_[index]->takes(name)) {
            chosen.push_back(index);
        }
    }
    return chosen.empty() ? all : chosen;
}

void MultiRemote::pass_over(Member& member, const Error& error)
{
    if (error.kind() == Error::Kind::cancelled) {
        throw error;
    }
    if (member.is_first_failure()) {
        options_.warn(error.with_context(fmt::format(
            "{}: {} fails, and others are used in its place", description(), member.shown())));
    }
}

std::vector<remote::Listed> MultiRemote::list()
{
    std::vector<remote::Listed> all;
    std::set<std::string> known;
    std::map<std::string, Indices> places;
    std::optional<Error> failure;
    bool has_answered = false;
    for (std::size_t index = 0; index < members_.size(); ++index) {
        try {
            for (auto& listed : members_[index]->remote().list()) {
                places[listed.name].push_back(index);
                if (known.insert(listed.name).second) {
                    all.push_back(std::move(listed));
                }
            }
            has_answered = true;
        } catch (const Error& error) {
            if (!is_mirror()) {
                throw error.with_context("listing " + members_[index]->shown());
            }
            pass_over(*members_[index], error);
            failure = error;
        }
    }
    if (!has_answered && failure) {
        throw failure->with_context("no member can be listed");
    }
    const std::lock_guard guard{mutex_};
    if (!places_) {
        places_.emplace();
    }
    // What we know ourselves may be newer.
    places_->merge(places);
    return all;
}

void MultiRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    if (is_mirror()) {
        put_everywhere(spool, name);
    } else {
        put_in_turn(spool, name);
    }
}

void MultiRemote::put_everywhere(io::TempFile& spool, const std::string& name)
{
    std::optional<Error> failure;
    bool is_stored = false;
    for (const auto index : takers_of(name)) {
        try {
            members_[index]->remote().put(spool, name);
            is_stored = true;
        } catch (const Error& error) {
            if (on_failure_ == OnFailure::abort) {
                throw error.with_context("storing on " + members_[index]->shown());
            }
            pass_over(*members_[index], error);
            failure = error;
        }
    }
    if (!is_stored) {
        throw failure->with_context("no member took it");
    }
}

MultiRemote::Indices MultiRemote::places_of(const std::string& name)
{
    const auto look = [&]() -> std::optional<Indices> {
        const std::lock_guard guard{mutex_};
        if (!places_) {
            return std::nullopt;
        }
        const auto found = places_->find(name);
        return found == places_->end() ? Indices{} : found->second;
    };
    if (auto known = look()) {
        return *known;
    }
    (void)list();
    return look().value();
}

void MultiRemote::put_in_turn(io::TempFile& spool, const std::string& name)
{
    const auto places = places_of(name);
    // Where it is already, else an older one of that name could be read instead of the new one.
    Indices order = places;
    const auto first = turn_.fetch_add(1);
    for (std::size_t step = 0; step < members_.size(); ++step) {
        const auto index = (first + step) % members_.size();
        if (std::ranges::find(places, index) == places.end()) {
            order.push_back(index);
        }
    }
    std::optional<Error> failure;
    for (const auto index : order) {
        try {
            members_[index]->remote().put(spool, name);
        } catch (const Error& error) {
            if (on_failure_ == OnFailure::abort) {
                throw error.with_context("storing on " + members_[index]->shown());
            }
            pass_over(*members_[index], error);
            failure = error;
            continue;
        }
        for (const auto other : places) {
            if (other != index) {
                const std::vector<std::string> old{name};
                members_[other]->remote().remove(old);
            }
        }
        const std::lock_guard guard{mutex_};
        places_->insert_or_assign(name, Indices{index});
        return;
    }
    throw failure->with_context("no member took it");
}

// `action` is given one member after another until one of them has the file.
template <typename Action>
auto MultiRemote::from_first(const std::string& name, Action action)
{
    remote::check_name(name);
    std::optional<Error> failure;
    for (const auto& member : members_) {
        try {
            return action(member->remote());
        } catch (const Error& error) {
            if (error.kind() == Error::Kind::not_found && error.detail().empty()) {
                continue;
            }
            pass_over(*member, error);
            failure = error;
        }
    }
    throw failure ? *failure : not_found(name);
}

void MultiRemote::get(const std::string& name, io::Sink& sink)
{
    remote::ResumingSink resuming{sink};
    std::exception_ptr final_failure;
    from_first(name, [&](remote::Remote& remote) {
        resuming.start_again();
        try {
            remote.get(name, resuming);
            if (resuming.is_behind()) {
                throw Error{Error::Kind::corrupt, "its copies differ in size: " + name, name};
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

bool MultiRemote::can_read_ranges() const noexcept
{
    return std::ranges::all_of(members_,
                               [](const auto& member) { return member->may_read_ranges(); });
}

io::Bytes MultiRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    return from_first(name, [&](remote::Remote& remote) {
        if (remote.can_read_ranges()) {
            return remote.get_range(name, offset, bytes);
        }
        // One that was away when it was asked for what it can.
        RangeSink part{offset, bytes};
        remote.get(name, part);
        return part.take();
    });
}

std::optional<io::Fd> MultiRemote::open_local(const std::string& name)
{
    return from_first(name, [&](remote::Remote& remote) { return remote.open_local(name); });
}

std::optional<std::uint64_t> MultiRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    std::optional<Error> failure;
    bool has_answered = false;
    for (const auto& member : members_) {
        try {
            if (const auto bytes = member->remote().size_of(name)) {
                return bytes;
            }
            has_answered = true;
        } catch (const Error& error) {
            pass_over(*member, error);
            failure = error;
        }
    }
    if (failure && (!is_mirror() || !has_answered)) {
        throw *failure;
    }
    return std::nullopt;
}

void MultiRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, remote::check_name);
    if (names.empty()) {
        return;
    }
    if (is_mirror()) {
        remove_everywhere(names);
    } else {
        remove_where_it_is(names);
    }
}

// Member after member: until the last one has removed a file, it and all that follow it are there.
void MultiRemote::remove_everywhere(std::span<const std::string> names)
{
    std::optional<Error> failure;
    bool is_removed = false;
    for (const auto& member : members_) {
        try {
            member->remote().remove(names);
            is_removed = true;
        } catch (const Error& error) {
            if (on_failure_ == OnFailure::abort) {
                throw error.with_context("removing from " + member->shown());
            }
            pass_over(*member, error);
            failure = error;
        }
    }
    if (!is_removed) {
        throw *failure;
    }
}

// In the order given over all members: a run of names that the same ones have is one call each.
void MultiRemote::remove_where_it_is(std::span<const std::string> names)
{
    std::map<std::string, Indices> places;
    for (std::size_t index = 0; index < members_.size(); ++index) {
        for (const auto& listed : members_[index]->remote().list()) {
            places[listed.name].push_back(index);
        }
    }
    for (std::size_t begin = 0; begin < names.size();) {
        const auto& owners = places[names[begin]];
        std::size_t end = begin + 1;
        while (end < names.size() && places[names[end]] == owners) {
            ++end;
        }
        const auto run = names.subspan(begin, end - begin);
        for (const auto index : owners) {
            members_[index]->remote().remove(run);
        }
        const std::lock_guard guard{mutex_};
        for (const auto& name : run) {
            if (places_) {
                places_->erase(name);
            }
        }
        begin = end;
    }
}

std::optional<std::uint64_t> MultiRemote::free_bytes()
{
    std::optional<std::uint64_t> room;
    for (const auto& member : members_) {
        std::optional<std::uint64_t> its;
        try {
            its = member->remote().free_bytes();
        } catch (const Error&) {
            // Advice only: one that is away says nothing.
            continue;
        }
        if (!its) {
            return std::nullopt;
        }
        room = !room ? *its : is_mirror() ? std::min(*room, *its) : *room + *its;
    }
    return room;
}

std::unique_ptr<remote::Remote> open_multi(const remote::Url& url,
                                           const remote::RemoteOptions& options, Opener open)
{
    if (options.depth >= depth_max) {
        throw Error{Error::Kind::invalid,
                    fmt::format("{}: targets are nested more than {} times", url.path, depth_max),
                    url.path, "does one of its members lead back to it?"};
    }
    return std::make_unique<MultiRemote>(read_configuration(url), options, open);
}

}  // namespace duplid::multi
