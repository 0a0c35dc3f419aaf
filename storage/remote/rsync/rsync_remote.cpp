#include "storage/remote/rsync/rsync_remote.hpp"

#include "storage/io/file.hpp"
#include "storage/io/sweep.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/command/named_spool.hpp"
#include "storage/remote/rsync/listing.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>

namespace duplid::rsync {

namespace {

// rsync(1), "EXIT VALUES".
constexpr int exit_selection = 3;
constexpr int exit_writing = 11;
constexpr int exit_partial = 23;
constexpr int exit_vanished = 24;
/// How often more a file is sent to hear why it could not be written.
constexpr unsigned hearings_max = 2;
constexpr std::array passing_exits{10, 12, 30, 35};

constexpr std::string_view wildcards = "*?[";

bool has_wildcards(std::string_view name)
{
    return name.find_first_of(wildcards) != std::string_view::npos;
}

/// A name or a path as a pattern: wildcards count only where there are any, and so do backslashes
/// (rsync(1), "INCLUDE/EXCLUDE PATTERN RULES"; seen with names that are fetched, too, and with the
/// directory that is written to).
std::string pattern_for(const std::string& name)
{
    if (!has_wildcards(name)) {
        return name;
    }
    std::string pattern;
    for (const char c : name) {
        if (c == '\\' || wildcards.find(c) != std::string_view::npos) {
            pattern += '\\';
        }
        pattern += c;
    }
    return pattern;
}

/// Since 3.2.5 rsync compares what comes with what it asked for, but takes a backslash before a
/// wildcard in a name for an escape there. What comes goes into a directory of its own anyway.
bool is_mistaken_for_another(const std::string& name)
{
    return name.find('\\') != std::string::npos && has_wildcards(name);
}

void write_list(const std::string& path, const std::string& entry)
{
    const io::Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file) {
        throw system_error(errno, "creating " + path, path);
    }
    io::write_full(file.get(), io::view_of(entry), path);
    io::write_full(file.get(), io::view_of(std::string_view{"\0", 1}), path);
}

bool says(const command::Finished& finished, std::string_view words)
{
    return finished.errors.find(words) != std::string::npos;
}

bool says_missing(const command::Finished& finished)
{
    return finished.status != 0 && says(finished, "No such file or directory");
}

/// A directory that is missing, for one. Over ssh the other end can be gone before this one has
/// read why, and only its status is left (seen on a busy machine).
bool says_nothing_of_selection(const command::Finished& finished)
{
    return finished.status == exit_selection && finished.errors.empty();
}

/// A full disk, for one; lost in the same way. Asked again, the other end may be heard.
bool says_nothing_of_writing(const command::Finished& finished)
{
    return finished.status == exit_writing && finished.errors.empty();
}

}  // namespace

RsyncRemote::RsyncRemote(const remote::Url& url, const remote::RemoteOptions& options)
    : connection_{make_connection(url, options)}, temp_directory_{options.temp_directory}
{
    if (temp_directory_.empty()) {
        temp_directory_ = io::default_temp_directory();
    }
}

std::string RsyncRemote::place_of(const std::string& name) const
{
    const auto& path = connection_->path();
    return path.empty() ? name : path + "/" + name;
}

// rsync makes the directory that it is to write into, but not the one that a file is to be in. As a
// directory's name the latter could not be said where there are wildcards: a file that is new is no
// match. There a dot helps, which cannot be made; daemons drop it.
std::string RsyncRemote::destination(const std::string& name) const
{
    const auto place = place_of(name);
    return connection_->root() + (has_wildcards(place) ? pattern_for(place_of(".")) : place);
}

Error RsyncRemote::failure(const command::Finished& finished, std::string_view doing,
                           const std::string& object) const
{
    auto kind = Error::Kind::invalid;
    if (std::ranges::find(passing_exits, finished.status) != passing_exits.end() ||
        says_nothing_of_selection(finished)) {
        kind = Error::Kind::unreachable;
    }
    if (says(finished, "auth failed") || says(finished, "Permission denied") ||
        says(finished, "read only")) {
        kind = Error::Kind::denied;
    } else if (says(finished, "No space left") || says(finished, "Disk quota exceeded")) {
        kind = Error::Kind::no_space;
    } else if (says(finished, "No such file or directory")) {
        kind = Error::Kind::not_found;
    }
    const auto words = io::printable(finished.errors.substr(0, finished.errors.find('\n')));
    return Error{kind,
                 fmt::format("{}: rsync ends with {} ({})", doing, finished.status,
                             words.empty() ? "without a word" : words),
                 object};
}

std::vector<remote::Listed> RsyncRemote::list()
{
    const bool was_there = was_there_;
    const auto finished =
        connection_->run({"--list-only", "--no-human-readable", "--8-bit-output", "--dirs",
                          connection_->root() + pattern_for(place_of(""))});
    if (finished.status == exit_partial && says_missing(finished)) {
        make_directory(was_there);
        return {};
    }
    // Files that vanish while a directory is read are gone, and that is all.
    if (finished.status != 0 && finished.status != exit_vanished) {
        throw failure(finished, "listing", description());
    }
    was_there_ = true;
    auto names = parse_listing(finished.output);
    std::erase_if(names, [](const remote::Listed& one) { return io::is_temporary_name(one.name); });
    return names;
}

// A skeleton of empty directories is sent: rsync makes what is missing, and changes nothing of what
// is there; without -K it would replace a symbolic link that stands for a directory. --mkpath would
// do it too, but only from 3.2.3 on, at both ends.
void RsyncRemote::make_directory(bool was_there)
{
    require_new(was_there);
    const io::TempDirectory skeleton{temp_directory_};
    std::filesystem::create_directories(skeleton.path() + "/" + connection_->path());
    const auto finished =
        connection_->run({"-r", "-K", skeleton.path() + "/", connection_->root()});
    if (finished.status != 0) {
        throw failure(finished, "creating the directory", description());
    }
    was_there_ = true;
}

// A missing directory is only an answer at first: later, a disk may have been unplugged.
void RsyncRemote::require_new(bool was_there) const
{
    if (was_there) {
        throw Error{Error::Kind::not_found,
                    "the target directory is not there any more: " + description(), description()};
    }
}

io::TempFile RsyncRemote::make_spool(const std::string& name, const std::string& temp_directory)
{
    remote::check_name(name);
    return command::make_named_spool(name, temp_directory);
}

void RsyncRemote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    const command::NamedSpool named{spool, name, temp_directory_};
    // -I: a file of the same size and second must be sent, too; -W: all of it, nothing is read
    // there.
    const auto send = [&] {
        return connection_->run({"--times", "-I", "-W", named.path(), destination(name)});
    };
    const bool was_there = was_there_;
    auto finished = send();
    if (says_missing(finished) || (!was_there && says_nothing_of_selection(finished))) {
        make_directory(was_there);
        finished = send();
    }
    for (unsigned i = 0; i < hearings_max && says_nothing_of_writing(finished); ++i) {
        finished = send();
    }
    if (finished.status != 0) {
        throw failure(finished, "sending " + name, name);
    }
    was_there_ = true;
}

void RsyncRemote::get(const std::string& name, io::Sink& sink)
{
    remote::check_name(name);
    const io::TempDirectory place{temp_directory_};
    const auto into = place.path() + "/";
    const auto there = place_of(name);
    std::vector<std::string> words{"-I", "-W", connection_->root() + pattern_for(there), into};
    if (is_mistaken_for_another(there)) {
        words.insert(words.begin(), "--trust-sender");
    }
    const auto finished = connection_->run(std::move(words));
    if (finished.status != 0) {
        throw failure(finished, "fetching " + name, name);
    }
    io::FileSource source{into + name};
    io::copy(source, sink);
}

// A run for each name: the order in which rsync deletes is its own. It would make the directory, if
// that is missing; so that is looked for first.
void RsyncRemote::remove(std::span<const std::string> names)
{
    std::ranges::for_each(names, remote::check_name);
    if (!names.empty()) {
        static_cast<void>(list());
    }
    for (const auto& name : names) {
        remove_one(name);
    }
}

// Only what is named can vanish: everything else is excluded, and what is excluded is not deleted.
void RsyncRemote::remove_one(const std::string& name)
{
    const io::TempDirectory place{temp_directory_};
    const auto list = place.path() + "/list";
    write_list(list, "/" + pattern_for(name));
    const auto empty = place.path() + "/empty";
    std::filesystem::create_directory(empty);
    const auto finished =
        connection_->run({"-r", "--delete", "--from0", "--include-from=" + list, "--exclude=*",
                          empty + "/", connection_->root() + pattern_for(place_of("."))});
    if (finished.status != 0) {
        throw failure(finished, "deleting " + name, name);
    }
}

std::optional<std::uint64_t> RsyncRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    const auto names = list();
    const auto found = std::ranges::find(names, name, &remote::Listed::name);
    return found == names.end() ? std::nullopt : std::optional{found->bytes};
}

}  // namespace duplid::rsync
