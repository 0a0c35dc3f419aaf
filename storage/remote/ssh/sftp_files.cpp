#include "storage/remote/ssh/sftp_files.hpp"

#include "storage/io/temp_file.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/remote.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace duplid::ssh {

namespace {

constexpr auto no_end = std::numeric_limits<std::uint64_t>::max();

}  // namespace

SftpFiles::SftpFiles(std::unique_ptr<SftpClient> client, std::string directory)
    : client_{std::move(client)}, directory_{std::move(directory)}
{
}

bool SftpFiles::has_directory()
{
    return client_->stat(directory_).has_value();
}

// One by one, as the reference does (backends.md 3.2); usually the whole is there.
void SftpFiles::make_directory()
{
    if (has_directory()) {
        return;
    }
    for (std::size_t end = 0; end != std::string::npos;) {
        end = directory_.find('/', end + 1);
        const auto part = directory_.substr(0, end);
        if (part.empty() || client_->stat(part)) {
            continue;
        }
        try {
            client_->make_directory(part);
        } catch (const Error& error) {
            // Somebody else may just have made it.
            if (error.kind() == Error::Kind::cancelled || !client_->is_idle() ||
                !client_->stat(part)) {
                throw;
            }
        }
    }
}

std::vector<FileEntry> SftpFiles::list()
{
    std::vector<FileEntry> files;
    for (auto& entry : client_->list(directory_)) {
        auto attributes = entry.attributes;
        if (entry.name == "." || entry.name == ".." || entry.name.find('/') != std::string::npos) {
            continue;
        }
        if (attributes.is_link()) {
            const auto target = client_->stat(path_of(entry.name));
            if (!target) {
                continue;
            }
            attributes = *target;
        }
        if (attributes.is_file()) {
            files.push_back({std::move(entry.name),
                             attributes.bytes.value_or(remote::unknown_bytes),
                             attributes.modified});
        }
    }
    return files;
}

// A server says "failure" for whatever it has no number for, a full disk among them.
Error SftpFiles::explained(const Error& error, std::uint64_t bytes)
{
    if (error.kind() != Error::Kind::unreachable || !client_->is_idle()) {
        return error;
    }
    const auto room = free_bytes();
    if (room && *room < bytes) {
        return {Error::Kind::no_space,
                fmt::format("{} (the target has {} bytes left, {} are needed)", error.what(), *room,
                            bytes),
                error.object(), "make room on the target and run it again"};
    }
    return {error.kind(), error.what(), error.object(),
            "a server that gives no reason may be out of room, or over a quota"};
}

void SftpFiles::upload(int fd, std::uint64_t bytes, const std::string& path)
{
    const auto handle =
        client_->open(path, open_flags::write | open_flags::create | open_flags::exclusive);
    std::optional<Error> failed;
    try {
        client_->write(handle, fd, bytes, path);
    } catch (const Error& error) {
        if (!client_->is_idle()) {
            throw;
        }
        failed = error;
    }
    if (failed) {
        // Asked before the file goes, which would give its room back.
        const auto told = explained(*failed, bytes);
        client_->close(handle, path);
        throw Error{told};
    }
    const auto attributes = client_->finish(handle, path);
    if (attributes.bytes && *attributes.bytes != bytes) {
        throw Error{
            Error::Kind::corrupt,
            fmt::format("{}: {} bytes were sent, {} have arrived", path, bytes, *attributes.bytes),
            path};
    }
}

void SftpFiles::take_place(const std::string& from, const std::string& to)
{
    if (client_->version().has_posix_rename) {
        client_->replace(from, to);
        return;
    }
    if (client_->rename(from, to).code == StatusCode::ok) {
        return;
    }
    client_->remove(to);
    const auto status = client_->rename(from, to);
    if (status.code != StatusCode::ok) {
        throw Error{status.code == StatusCode::permission_denied ? Error::Kind::denied
                                                                 : Error::Kind::unreachable,
                    fmt::format("renaming to {}: {}", to, io::printable(status.words)), to};
    }
}

void SftpFiles::put(int fd, std::uint64_t bytes, const std::string& name)
{
    const auto path = path_of(name);
    const auto temporary = path_of(io::temporary_name(name));
    try {
        upload(fd, bytes, temporary);
        take_place(temporary, path);
    } catch (const Error&) {
        if (client_->is_idle()) {
            try {
                client_->remove(temporary);
            } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
                // What went wrong first is what counts; it is swept in a day.
            }
        }
        throw;
    }
}

// To the sink what there is of [offset, offset + bytes); how many bytes the file has from there on,
// as far as the server says.
std::uint64_t SftpFiles::read(const std::string& path, std::uint64_t offset, std::uint64_t bytes,
                              io::Sink& sink)
{
    const auto handle = client_->open(path, open_flags::read);
    const auto attributes = client_->fstat(handle, path);
    if (!attributes.is_file()) {
        client_->close(handle, path);
        throw Error{Error::Kind::invalid, "not a regular file: " + path, path};
    }
    const auto size = attributes.bytes.value_or(no_end);
    const auto end = offset < size ? offset + std::min(bytes, size - offset) : offset;
    const auto got = client_->read(handle, offset, end, sink, path);
    client_->close(handle, path);
    if (attributes.bytes && got < end - offset) {
        throw Error{Error::Kind::unreachable, "it became shorter while it was read: " + path, path};
    }
    return got;
}

void SftpFiles::get(const std::string& name, io::Sink& sink)
{
    read(path_of(name), 0, no_end, sink);
}

io::Bytes SftpFiles::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    io::MemorySink sink;
    read(path_of(name), offset, bytes, sink);
    return sink.take();
}

bool SftpFiles::remove(const std::string& name)
{
    return client_->remove(path_of(name));
}

void SftpFiles::rename(const std::string& from, const std::string& to)
{
    const auto old_path = path_of(from);
    const auto new_path = path_of(to);
    if (client_->stat(new_path)) {
        throw Error{Error::Kind::invalid, "there is a file of that name already: " + new_path,
                    new_path};
    }
    if (!client_->stat(old_path)) {
        throw Error{Error::Kind::not_found, "there is no such file: " + old_path, old_path};
    }
    const auto status = client_->rename(old_path, new_path);
    if (status.code != StatusCode::ok) {
        throw Error{status.code == StatusCode::permission_denied ? Error::Kind::denied
                                                                 : Error::Kind::unreachable,
                    fmt::format("renaming {}: {}", old_path, io::printable(status.words)),
                    old_path};
    }
}

std::optional<std::uint64_t> SftpFiles::size_of(const std::string& name)
{
    const auto attributes = client_->stat(path_of(name));
    if (!attributes || !attributes->is_file()) {
        return std::nullopt;
    }
    return attributes->bytes.value_or(remote::unknown_bytes);
}

std::optional<std::uint64_t> SftpFiles::free_bytes()
{
    if (!client_->version().has_statvfs) {
        return std::nullopt;
    }
    try {
        return client_->free_bytes(directory_);
    } catch (const Error& error) {
        if (!client_->is_idle()) {
            throw;
        }
        return std::nullopt;
    }
}

}  // namespace duplid::ssh
