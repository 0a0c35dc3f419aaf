#include "storage/remote/par2/par2_remote.hpp"

#include "storage/io/file.hpp"
#include "storage/remote/command/named_spool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>

namespace duplid::par2 {

namespace {

constexpr std::string_view suffix = ".par2";
// par2(1): what is left of a check or a repair.
constexpr int exit_whole = 0;
/// par2 says nothing while it computes; a volume of many GB takes its time.
constexpr std::chrono::hours patience{6};
constexpr std::array<std::string_view, 4> passed_variables{"HOME", "LANG", "PATH", "TMPDIR"};

std::string directory_or_default(const std::string& directory)
{
    return directory.empty() ? io::default_temp_directory() : directory;
}

/// Takes digits off the front; false when there is none.
bool take_digits(std::string_view& text) noexcept
{
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(end);
    return end > 0;
}

bool take(std::string_view& text, std::string_view prefix) noexcept
{
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

}  // namespace

bool is_companion(std::string_view file, std::string_view name) noexcept
{
    if (!take(file, name)) {
        return false;
    }
    return file == suffix || (take(file, ".vol") && take_digits(file) && take(file, "+") &&
                              take_digits(file) && file == suffix);
}

Par2Remote::Par2Remote(std::unique_ptr<remote::Remote> next, remote::RemoteOptions options)
    : next_{std::move(next)}, options_{std::move(options)}, own_words_{command::split_words(
                                                                options_.par2.options)}
{
    (void)command::find_program("par2", options_.variables.text("PATH"));
}

int Par2Remote::run(std::vector<std::string> words) const
{
    command::Command command;
    command.words = {"par2"};
    command.words.insert(command.words.end(), std::make_move_iterator(words.begin()),
                         std::make_move_iterator(words.end()));
    command.environment = options_.variables.only(passed_variables);
    command.path = options_.variables.text("PATH");
    command.stop = options_.stop;
    return command::run(command, patience).status;
}

bool Par2Remote::make_recovery_files(const std::string& path) const
{
    const auto make = [&](std::uint32_t volumes) {
        std::vector<std::string> words{"c", fmt::format("-r{}", options_.par2.redundancy_percent),
                                       fmt::format("-n{}", volumes)};
        words.insert(words.end(), own_words_.begin(), own_words_.end());
        words.insert(words.end(), {"-q", "-q", path});
        return run(std::move(words)) == exit_whole;
    };
    // A file of few blocks cannot be cut into many volumes.
    return make(options_.par2.volumes) || (options_.par2.volumes != 1 && make(1));
}

void Par2Remote::put_recovery_files(const std::string& directory, const std::string& name)
{
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        const auto file = entry.path().filename().string();
        if (!is_companion(file, name)) {
            continue;
        }
        auto spool = next_->make_spool(file, directory_or_default(options_.temp_directory));
        io::FileSource source{entry.path().string()};
        io::FdSink sink{spool.fd(), file};
        io::copy(source, sink);
        next_->put(spool, file);
    }
}

io::TempFile Par2Remote::make_spool(const std::string& name, const std::string& temp_directory)
{
    return next_->make_spool(name, temp_directory);
}

void Par2Remote::put(io::TempFile& spool, const std::string& name)
{
    remote::check_name(name);
    {
        const command::NamedSpool named{spool, name, options_.temp_directory};
        // par2 has nothing to say of an empty file.
        if (spool.bytes() > 0) {
            if (make_recovery_files(named.path())) {
                put_recovery_files(named.directory(), name);
            } else {
                options_.notice(fmt::format("par2 could not make recovery files for {}: it is "
                                            "stored without",
                                            name));
            }
        }
    }
    next_->put(spool, name);
}

bool Par2Remote::fetch(const std::string& name, const std::string& path)
{
    const io::Fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    if (!file) {
        throw system_error(errno, "creating " + path, path);
    }
    io::FdSink sink{file.get(), path};
    try {
        next_->get(name, sink);
        return true;
    } catch (const Error& error) {
        if (error.kind() != Error::Kind::not_found) {
            throw;
        }
        return false;
    }
}

void Par2Remote::repair(const std::string& name, const std::string& directory)
{
    for (const auto& listed : next_->list()) {
        if (is_companion(listed.name, name)) {
            (void)fetch(listed.name, directory + "/" + listed.name);
        }
    }
    if (run({"r", "-q", "-q", directory + "/" + name + std::string{suffix}}) != exit_whole) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("{} is damaged, and its recovery files do not suffice", name), name,
                    "restore it from another copy of the target, or go on without it"};
    }
    options_.warn(
        Error{Error::Kind::corrupt,
              fmt::format("{} is damaged on the target; it was repaired while it was read", name),
              name, "replicate the archive to a sound disk, or make a full backup there"});
}

void Par2Remote::get(const std::string& name, io::Sink& sink)
{
    remote::check_name(name);
    const io::TempDirectory place{directory_or_default(options_.temp_directory)};
    const auto path = place.path() + "/" + name;
    const auto index = path + std::string{suffix};
    if (!fetch(name, path)) {
        throw Error{Error::Kind::not_found, "there is no file " + name, name};
    }
    // Without an index it can be proven by the manifest's hash only, like any other.
    if (fetch(name + std::string{suffix}, index) && run({"v", "-q", "-q", index}) != exit_whole) {
        repair(name, place.path());
    }
    io::FileSource source{path};
    io::copy(source, sink);
}

std::vector<remote::Listed> Par2Remote::list()
{
    auto names = next_->list();
    std::erase_if(names, [](const remote::Listed& one) { return one.name.ends_with(suffix); });
    return names;
}

void Par2Remote::remove(std::span<const std::string> names)
{
    const auto listed = next_->list();
    std::vector<std::string> all;
    for (const auto& name : names) {
        all.push_back(name);
        for (const auto& one : listed) {
            if (is_companion(one.name, name)) {
                all.push_back(one.name);
            }
        }
    }
    next_->remove(all);
}

std::optional<std::uint64_t> Par2Remote::size_of(const std::string& name)
{
    return next_->size_of(name);
}

std::string Par2Remote::description() const
{
    return "par2+" + next_->description();
}

std::optional<std::uint64_t> Par2Remote::free_bytes()
{
    return next_->free_bytes();
}

}  // namespace duplid::par2
