#include "storage/remote/ssh/ssh_remote.hpp"

#include "storage/io/error.hpp"
#include "storage/io/sweep.hpp"
#include "storage/remote/ssh/settings.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>

namespace duplid::ssh {

using remote::Listed;

SshRemote::SshRemote(const remote::Url& url, const remote::RemoteOptions& options)
    : connector_{settle(url, options), options}
{
}

std::string SshRemote::description() const
{
    return connector_.settings().shown;
}

std::unique_ptr<Files> SshRemote::take()
{
    for (;;) {
        std::unique_ptr<Files> files;
        {
            const std::lock_guard guard{mutex_};
            if (idle_.empty()) {
                break;
            }
            files = std::move(idle_.back());
            idle_.pop_back();
        }
        if (files->is_usable()) {
            return files;
        }
    }
    return connector_.connect();
}

void SshRemote::give_back(std::unique_ptr<Files> files)
{
    if (files->is_usable()) {
        const std::lock_guard guard{mutex_};
        idle_.push_back(std::move(files));
    }
}

template <typename Operation>
auto SshRemote::with_files(Operation operation)
{
    auto files = take();
    try {
        bool is_made = false;
        {
            const std::lock_guard guard{mutex_};
            is_made = is_made_;
        }
        // As the reference does for every action; once, so that a directory that vanishes later is
        // not taken for an empty one.
        if (!is_made) {
            files->make_directory();
            const std::lock_guard guard{mutex_};
            is_made_ = true;
        }
        if constexpr (std::is_void_v<decltype(operation(*files))>) {
            operation(*files);
            give_back(std::move(files));
        } else {
            auto result = operation(*files);
            give_back(std::move(files));
            return result;
        }
    } catch (...) {
        // What a server refused has not hurt the connection.
        if (files) {
            give_back(std::move(files));
        }
        throw;
    }
}

// A missing name is only an answer while the directory is there: a disk may have been unplugged.
void SshRemote::require_directory(Files& files) const
{
    if (!files.has_directory()) {
        const auto& settings = connector_.settings();
        throw Error{Error::Kind::not_found,
                    fmt::format("the target directory {} is not there any more on {}",
                                settings.directory, settings.server()),
                    settings.directory};
    }
}

void SshRemote::sweep(Files& files, const std::vector<FileEntry>& entries)
{
    const auto age = std::chrono::seconds{sweep_age}.count();
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    for (const auto& entry : entries) {
        if (io::is_temporary_name(entry.name) && entry.modified && now - *entry.modified > age) {
            try {
                files.remove(entry.name);
            } catch (const Error& error) {
                if (!files.is_usable()) {
                    throw;
                }
                return;  // whoever really uses the directory learns what is wrong with it
            }
        }
    }
}

std::vector<Listed> SshRemote::list()
{
    return with_files([this](Files& files) {
        const auto entries = files.list();
        if (!is_swept_.exchange(true)) {
            sweep(files, entries);
        }
        std::vector<Listed> names;
        for (const auto& entry : entries) {
            if (!io::is_temporary_name(entry.name)) {
                names.push_back({entry.name, entry.bytes});
            }
        }
        return names;
    });
}

void SshRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    with_files([&](Files& files) { files.put(spool.fd(), spool.bytes(), name); });
}

void SshRemote::get(const std::string& name, io::Sink& sink)
{
    remote::check_name(name);
    with_files([&](Files& files) { files.get(name, sink); });
}

io::Bytes SshRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    remote::check_name(name);
    return with_files([&](Files& files) { return files.get_range(name, offset, bytes); });
}

void SshRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, remote::check_name);
    with_files([&](Files& files) {
        for (const auto& name : names) {
            if (!files.remove(name)) {
                require_directory(files);
            }
        }
    });
}

void SshRemote::rename(const std::string& from, const std::string& to)
{
    remote::check_name(from);
    remote::check_name(to);
    with_files([&](Files& files) { files.rename(from, to); });
}

std::optional<std::uint64_t> SshRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    return with_files([&](Files& files) {
        const auto bytes = files.size_of(name);
        if (!bytes) {
            require_directory(files);
        }
        return bytes;
    });
}

std::optional<std::uint64_t> SshRemote::free_bytes()
{
    return with_files([](Files& files) { return files.free_bytes(); });
}

std::unique_ptr<remote::Remote> open(const remote::Url& url, const remote::RemoteOptions& options)
{
    return std::make_unique<SshRemote>(url, options);
}

}  // namespace duplid::ssh
