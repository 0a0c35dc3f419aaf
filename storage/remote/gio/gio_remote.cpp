#include "storage/remote/gio/gio_remote.hpp"

#include "storage/io/file.hpp"
#include "storage/io/sweep.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/command/named_spool.hpp"
#include "storage/remote/gio/listing.hpp"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <utility>

namespace duplid::gio {

namespace {

constexpr std::time_t sweep_age_seconds = 24 * 3600;

// GFileType, as `gio info` prints it.
constexpr std::uint64_t regular_file = 1;
constexpr std::uint64_t directory = 2;
constexpr std::uint64_t unknown_type = 0;

constexpr const char* type_and_size = "--attributes=standard::type,standard::size";

/// Hands on as fast as may be received, and counts.
class ReceivingSink final : public io::Sink {
public:
    ReceivingSink(io::Sink& next, const remote::RemoteOptions& options)
        : next_{next}, options_{options}
    {
    }
    void write(io::ByteView bytes) override
    {
        if (options_.limits) {
            options_.limits->down.take(bytes.size(), options_.stop);
        }
        next_.write(bytes);
        bytes_ += bytes.size();
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    io::Sink& next_;
    const remote::RemoteOptions& options_;
    std::uint64_t bytes_ = 0;
};

/// Whether `gio rename` takes a name as it is: as text, and not for an option.
bool is_plain(std::string_view name)
{
    return name.front() != '-' &&
           std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~'; });
}

Error missing(const std::string& name)
{
    return Error{Error::Kind::not_found, "there is no file " + name, name};
}

}  // namespace

GioRemote::GioRemote(std::string_view url, remote::RemoteOptions options)
    : options_{std::move(options)}, location_{locate(url)}, program_{location_, options_}
{
    if (location_.has_query) {
        options_.notice(fmt::format("what follows \"?\" in {} has no effect", description()));
    }
}

std::string GioRemote::uri_of(const std::string& name) const
{
    remote::check_name(name);
    return location_.file(name);
}

/// Whether a directory is there: what is wrong if not.
std::optional<Error> GioRemote::look_for(const std::string& uri) const
{
    const auto info = program_.run({"info", "--attributes=standard::type", uri});
    if (info.status != 0) {
        return program_.failure(info, "looking for the directory", description());
    }
    const auto type = number_in_info(info.output, "standard::type").value_or(unknown_type);
    if (type != directory && type != unknown_type) {
        throw Error{Error::Kind::invalid, fmt::format("{} is no directory", uri), description()};
    }
    return std::nullopt;
}

/// With those above it, which `gio mkdir --parent` does where a mount says that it is they that are
/// missing. WebDAV's says "Conflict".
std::optional<Error> GioRemote::make_directory(const std::string& uri) const
{
    auto made = program_.run({"mkdir", "--parent", uri});
    // Somebody else may have made it meanwhile.
    if (made.status == 0 || !look_for(uri)) {
        return std::nullopt;
    }
    if (const auto above = parent_of(uri); above && look_for(*above) && !make_directory(*above)) {
        made = program_.run({"mkdir", uri});
        if (made.status == 0 || !look_for(uri)) {
            return std::nullopt;
        }
    }
    return program_.failure(made, "creating the directory", description());
}

/// Why the directory is not to be had: mounting it failed, or what was tried behind that.
Error GioRemote::reason(const command::Finished& mounted, const Error& tried) const
{
    if (mounted.status == 0 || mounted.errors.find("already mounted") != std::string::npos) {
        return tried;
    }
    const auto mounting = program_.failure(mounted, "mounting", description());
    const bool is_known = mounting.kind() != Error::Kind::unreachable;
    return Error{is_known ? mounting.kind() : tried.kind(),
                 fmt::format("{}; {}", mounting.what(), tried.what()), description(),
                 is_known ? mounting.hint() : tried.hint()};
}

// All by what works and what does not: that a place is not mounted is said in the language of the
// session's daemons.
void GioRemote::prepare()
{
    const std::lock_guard lock{mutex_};
    if (is_ready_) {
        return;
    }
    if (look_for(location_.uri)) {
        const auto mounted = program_.mount();
        auto problem = look_for(location_.uri);
        if (problem && !was_there_) {
            problem = make_directory(location_.uri);
        }
        if (problem) {
            throw reason(mounted, *problem);
        }
    }
    is_ready_ = true;
    was_there_ = true;
}

/// The mount may be gone; the next operation looks.
void GioRemote::mistrust()
{
    const std::lock_guard lock{mutex_};
    is_ready_ = false;
}

Error GioRemote::failure(const command::Finished& finished, std::string_view doing,
                         const std::string& object)
{
    mistrust();
    return program_.failure(finished, doing, object);
}

std::vector<Entry> GioRemote::entries()
{
    prepare();
    const auto listed = program_.run(
        {"list", "--hidden", "--print-uris",
         fmt::format("--attributes={}",
                     location_.names_are_titles ? "standard::display-name" : "time::modified"),
         location_.uri});
    if (listed.status != 0) {
        throw failure(listed, "listing", description());
    }
    return parse_listing(listed.output, location_.names_are_titles);
}

std::vector<remote::Listed> GioRemote::list()
{
    const auto all = entries();
    bool sweeps = false;
    {
        const std::lock_guard lock{mutex_};
        sweeps = !std::exchange(has_swept_, true);
    }
    const auto now = std::time(nullptr);
    std::vector<remote::Listed> files;
    for (const auto& entry : all) {
        if (!io::is_temporary_name(entry.file.name)) {
            files.push_back(entry.file);
        } else if (sweeps && entry.modified && now - *entry.modified > sweep_age_seconds) {
            discard(location_.file(entry.file.name));
        }
    }
    return files;
}

io::TempFile GioRemote::make_spool(const std::string& name, const std::string& temp_directory)
{
    remote::check_name(name);
    return command::make_named_spool(name, temp_directory);
}

// `gio copy` lets the mount read the file itself; `gio save` is fed, and mounts may keep all of it
// in memory, but it can be fed slowly.
void GioRemote::send(io::TempFile& spool, const std::string& temporary, const std::string& name)
{
    const bool is_limited = options_.limits && options_.limits->up.get() != 0;
    command::Finished sent;
    if (is_limited) {
        io::RangeSource source{spool.fd(), 0, spool.bytes(), name};
        sent = program_.feed({"save", "--create", temporary}, source);
    } else {
        const command::NamedSpool named{spool, "spool", options_.temp_directory};
        sent = program_.run({"copy", "--no-target-directory", "--default-permissions", "--progress",
                             named.path(), temporary});
    }
    if (sent.status == 0) {
        return;
    }
    const auto error = failure(sent, "sending " + name, name);
    if (error.kind() == Error::Kind::unreachable) {
        // SFTP has no word for a full disk. What was written goes first; GVfs 1.50 may keep it open
        // all the same, and its room with it.
        discard(temporary);
        if (const auto left = room(); left && *left < spool.bytes()) {
            throw Error{Error::Kind::no_space,
                        fmt::format("{}; the target has {} bytes left", error.what(), *left), name};
        }
    }
    throw error;
}

// `gio move` would do it in one step, but GVfs 1.50 never gives back the connection on which a
// WebDAV server moved a file: after some thirty of them a mount waits for one for ever. So it is
// for names that `gio rename` does not take, and for mounts that cannot rename: gio then copies.
void GioRemote::give_name(const std::string& temporary, const std::string& name)
{
    const auto target = location_.file(name);
    // Two files may have one title.
    if (is_plain(name) && !location_.names_are_titles) {
        const auto renames = [&] { return program_.run({"rename", temporary, name}).status == 0; };
        // It replaces nothing. Nor can SFTP, where `gio move` removes an older file first, too.
        if (renames() || (program_.run({"remove", "--force", target}).status == 0 && renames())) {
            return;
        }
    }
    const auto moved = program_.run({"move", "--no-target-directory", temporary, target});
    if (moved.status != 0) {
        throw failure(moved, "renaming what was sent to " + name, name);
    }
}

void GioRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    prepare();
    ask_for_room();
    const auto temporary_name = io::temporary_name(name);
    const auto temporary = location_.file(temporary_name);
    try {
        send(spool, temporary, name);
        if (auto wrong = remote::wrong_size(name, size_of(temporary_name), spool.bytes())) {
            throw std::move(*wrong);
        }
        give_name(temporary, name);
    } catch (...) {
        discard(temporary);
        throw;
    }
}

/// What cannot be removed now is swept in a day.
void GioRemote::discard(const std::string& uri) noexcept
{
    try {
        (void)program_.run({"remove", "--force", uri});
    } catch (...) {
        return;
    }
}

void GioRemote::get(const std::string& name, io::Sink& sink)
{
    const auto uri = uri_of(name);
    prepare();
    ReceivingSink receiving{sink, options_};
    const auto finished = program_.run({"cat", uri}, &receiving);
    if (finished.status == 0) {
        return;
    }
    const auto error = failure(finished, "fetching " + name, name);
    if (receiving.bytes() == 0 && !size_of(name)) {
        throw missing(name);
    }
    throw error;
}

// A run for each name: gio would go on behind one that it cannot remove. With --force a file that
// is not there is no error to it, whatever language says so.
void GioRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, remote::check_name);
    if (!names.empty()) {
        prepare();
    }
    for (const auto& name : names) {
        const auto removed = program_.run({"remove", "--force", location_.file(name)});
        if (removed.status != 0) {
            throw failure(removed, "removing " + name, name);
        }
    }
}

// That a file is not there is believed of a listing only.
std::optional<std::uint64_t> GioRemote::size_of(const std::string& name)
{
    const auto uri = uri_of(name);
    prepare();
    const auto info = program_.run({"info", type_and_size, uri});
    if (info.status == 0) {
        const auto type = number_in_info(info.output, "standard::type").value_or(unknown_type);
        if (type != regular_file && type != unknown_type) {
            return std::nullopt;
        }
        return number_in_info(info.output, "standard::size").value_or(remote::unknown_bytes);
    }
    mistrust();
    const auto all = entries();
    const auto found =
        std::ranges::find_if(all, [&](const Entry& entry) { return entry.file.name == name; });
    return found == all.end() ? std::nullopt : std::optional{found->file.bytes};
}

// GVfs tells no room where there is none at all, as it does where the server does not say.
std::optional<std::uint64_t> GioRemote::room()
{
    const auto info =
        program_.run({"info", "--filesystem", "--attributes=filesystem::free", location_.uri});
    if (info.status != 0) {
        return std::nullopt;
    }
    const auto left = number_in_info(info.output, "filesystem::free");
    const std::lock_guard lock{mutex_};
    has_told_room_ = has_told_room_ || left;
    return left || !has_told_room_ ? left : std::optional<std::uint64_t>{0};
}

/// Once, while there still is some: so that later, where none is told, it is known why.
void GioRemote::ask_for_room()
{
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(has_asked_for_room_, true)) {
            return;
        }
    }
    static_cast<void>(room());
}

std::optional<std::uint64_t> GioRemote::free_bytes()
{
    prepare();
    return room();
}

}  // namespace duplid::gio
