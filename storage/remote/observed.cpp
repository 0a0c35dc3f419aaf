#include "storage/remote/observed.hpp"

namespace duplid::remote {

std::vector<Listed> ObservedRemote::list()
{
    const Observed observed{observer_};
    return next_->list();
}

// Not observed: it is the beginning of a file that is put later.
io::TempFile ObservedRemote::make_spool(const std::string& name, const std::string& temp_directory)
{
    return next_->make_spool(name, temp_directory);
}

void ObservedRemote::put(io::TempFile& spool, const std::string& name)
{
    const Observed observed{observer_};
    next_->put(spool, name);
}

void ObservedRemote::get(const std::string& name, io::Sink& sink)
{
    const Observed observed{observer_};
    next_->get(name, sink);
}

bool ObservedRemote::can_read_ranges() const noexcept
{
    return next_->can_read_ranges();
}

io::Bytes ObservedRemote::get_range(const std::string& name, std::uint64_t offset,
                                    std::size_t bytes)
{
    const Observed observed{observer_};
    return next_->get_range(name, offset, bytes);
}

std::optional<io::Fd> ObservedRemote::open_local(const std::string& name)
{
    const Observed observed{observer_};
    return next_->open_local(name);
}

void ObservedRemote::remove(std::span<const std::string> names)
{
    const Observed observed{observer_};
    next_->remove(names);
}

bool ObservedRemote::can_rename() const noexcept
{
    return next_->can_rename();
}

void ObservedRemote::rename(const std::string& from, const std::string& to)
{
    const Observed observed{observer_};
    next_->rename(from, to);
}

std::optional<std::uint64_t> ObservedRemote::size_of(const std::string& name)
{
    const Observed observed{observer_};
    return next_->size_of(name);
}

std::optional<std::uint64_t> ObservedRemote::size_after_put(const std::string& name,
                                                            std::uint64_t bytes)
{
    const Observed observed{observer_, Observed::Start::continues};
    return next_->size_after_put(name, bytes);
}

std::string ObservedRemote::description() const
{
    return next_->description();
}

std::optional<std::uint64_t> ObservedRemote::free_bytes()
{
    const Observed observed{observer_};
    return next_->free_bytes();
}

}  // namespace duplid::remote
