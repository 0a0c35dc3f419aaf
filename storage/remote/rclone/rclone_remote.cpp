#include "storage/remote/rclone/rclone_remote.hpp"

#include "storage/io/sweep.hpp"
#include "storage/io/temp_file.hpp"
#include "storage/remote/command/named_spool.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

namespace duplid::rclone {

namespace {

// rclone's own list of exit codes (its page "Exit Code").
constexpr int exit_no_directory = 3;
constexpr int exit_no_file = 4;
constexpr int exit_temporary = 5;

constexpr std::array<std::string_view, 15> passed_variables{
    "HOME",     "LANG",     "LC_ALL",        "LOGNAME",         "PATH",
    "TMPDIR",   "USER",     "http_proxy",    "https_proxy",     "HTTPS_PROXY",
    "no_proxy", "NO_PROXY", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"};
constexpr std::string_view own_prefix = "RCLONE_";

/// "rclone://remote:/dir" is rclone's "remote:dir": the first ":/" loses its slash.
std::string rclone_path(std::string path)
{
    if (const auto at = path.find(":/"); at != std::string::npos) {
        path.erase(at + 1, 1);
    }
    while (path.size() > 1 && path.ends_with('/')) {
        path.pop_back();
    }
    return path;
}

/// The line that says why: rclone writes "date time LEVEL : text", the last error being the reason.
std::string reason_in(const std::string& errors)
{
    auto end = errors.find_last_not_of('\n');
    if (end == std::string::npos) {
        return "without a word";
    }
    const auto start = errors.rfind('\n', end);
    return errors.substr(start == std::string::npos ? 0 : start + 1, end - start);
}

Error missing(const std::string& name)
{
    return {Error::Kind::not_found, "there is no file " + name, name};
}

class CountingSink final : public io::Sink {
public:
    explicit CountingSink(io::Sink& next) : next_{next} {}

    void write(io::ByteView bytes) override
    {
        bytes_ += bytes.size();
        next_.write(bytes);
    }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    io::Sink& next_;
    std::uint64_t bytes_ = 0;
};

/// Throws: nlohmann::json::exception.
std::vector<remote::Listed> listing_from(const std::string& text)
{
    std::vector<remote::Listed> names;
    for (const auto& entry : nlohmann::json::parse(text)) {
        auto name = entry.at("Name").get<std::string>();
        const auto bytes = entry.at("Size").get<std::int64_t>();
        // A remote may have names that no directory could hold.
        const bool is_file_name = !name.empty() && name.find('/') == std::string::npos;
        if (is_file_name && !io::is_temporary_name(name)) {
            names.push_back({std::move(name), bytes < 0 ? remote::unknown_bytes
                                                        : static_cast<std::uint64_t>(bytes)});
        }
    }
    return names;
}

}  // namespace

RcloneRemote::RcloneRemote(const remote::Url& url, remote::RemoteOptions options)
    : options_{std::move(options)}, directory_{rclone_path(url.path)}, description_{"rclone://" +
                                                                                    url.path}
{
    if (directory_.find(':') == std::string::npos) {
        throw Error{Error::Kind::invalid,
                    "an rclone URL names one of rclone's remotes: rclone://REMOTE:/DIR",
                    description_};
    }
}

std::string RcloneRemote::path_of(const std::string& name) const
{
    remote::check_name(name);
    return directory_.ends_with(':') ? directory_ + name : directory_ + "/" + name;
}

command::Finished RcloneRemote::run(std::vector<std::string> words, io::Sink* into) const
{
    command::Command command;
    command.words = {"rclone",
                     "--retries=1",
                     "--low-level-retries=3",
                     "--stats=0",
                     fmt::format("--timeout={}s", options_.timeout.count()),
                     fmt::format("--contimeout={}s", options_.timeout.count())};
    if (options_.limits) {
        const auto rate = [](std::uint64_t limit) {
            return limit == 0 ? std::string{"off"} : fmt::format("{}B", limit);
        };
        command.words.push_back(fmt::format("--bwlimit={}:{}", rate(options_.limits->up.get()),
                                            rate(options_.limits->down.get())));
    }
    command.words.insert(command.words.end(), std::make_move_iterator(words.begin()),
                         std::make_move_iterator(words.end()));
    command.environment = options_.variables.only(passed_variables);
    // Moved, since copies would have to be wiped, too.
    std::ranges::move(options_.variables.with_prefix(own_prefix),
                      std::back_inserter(command.environment));
    command.path = options_.variables.text("PATH");
    command.stop = options_.stop;
    // rclone has its own time-outs; this one is for an rclone that is stuck itself.
    return command::run(command, std::chrono::hours{24}, {}, into);
}

Error RcloneRemote::failure(const command::Finished& finished, std::string_view doing,
                            const std::string& object) const
{
    const auto says = [&](std::string_view words) {
        return finished.errors.find(words) != std::string::npos;
    };
    auto kind = Error::Kind::invalid;
    std::string hint;
    if (finished.status == exit_no_directory || finished.status == exit_no_file) {
        kind = Error::Kind::not_found;
    } else if (says("didn't find section in config file")) {
        kind = Error::Kind::invalid;
        hint = "`rclone listremotes` shows the remotes that there are";
    } else if (says("no space left") || says("Insufficient Storage") || says("quota")) {
        kind = Error::Kind::no_space;
    } else if (says("permission denied") || says("Unauthorized") || says("Forbidden") ||
               says("unable to authenticate")) {
        kind = Error::Kind::denied;
    } else if (finished.status == exit_temporary || says("connection re") || says("timeout") ||
               says("no such host") || says("EOF") || says("i/o") || says("dial ")) {
        kind = Error::Kind::unreachable;
    }
    return Error{kind,
                 fmt::format("{}: rclone ends with {} ({})", doing, finished.status,
                             reason_in(finished.errors)),
                 object, hint};
}

std::vector<remote::Listed> RcloneRemote::list()
{
    const auto finished =
        run({"lsjson", "--files-only", "--no-modtime", "--no-mimetype", "--", directory_});
    if (finished.status == exit_no_directory) {
        const auto made = run({"mkdir", "--", directory_});
        if (made.status != 0) {
            throw failure(made, "creating the directory", description_);
        }
        return {};
    }
    if (finished.status != 0) {
        throw failure(finished, "listing", description_);
    }
    try {
        auto names = listing_from(finished.output);
        const std::lock_guard guard{mutex_};
        sizes_.clear();
        for (const auto& listed : names) {
            sizes_.emplace(listed.name, listed.bytes);
        }
        return names;
    } catch (const nlohmann::json::exception&) {
        throw Error{Error::Kind::unreachable, "rclone's listing is not the JSON that it should be",
                    description_};
    }
}

io::TempFile RcloneRemote::make_spool(const std::string& name, const std::string& temp_directory)
{
    remote::check_name(name);
    return command::make_named_spool(name, temp_directory);
}

void RcloneRemote::put(io::TempFile& spool, const std::string& name)
{
    const auto target = path_of(name);
    const command::NamedSpool named{spool, name, options_.temp_directory};
    const auto temporary = path_of(io::temporary_name(name));
    const auto sent = run({"copyto", "--ignore-times", "--", named.path(), temporary});
    if (sent.status != 0) {
        throw failure(sent, "sending " + name, name);
    }
    const auto renamed = run({"moveto", "--ignore-times", "--", temporary, target});
    if (renamed.status != 0) {
        throw failure(renamed, "renaming what was sent to " + name, name);
    }
    const auto bytes = size_of(name);
    if (bytes != spool.bytes() && bytes != remote::unknown_bytes) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("{} has {} bytes on the target, not {}", name, bytes.value_or(0),
                                spool.bytes()),
                    name};
    }
}

void RcloneRemote::get(const std::string& name, io::Sink& sink)
{
    CountingSink counted{sink};
    const auto finished = run({"cat", "--", path_of(name)}, &counted);
    if (finished.status != 0) {
        throw failure(finished, "fetching " + name, name);
    }
    // `cat` of a missing file is silent with some services.
    if (counted.bytes() == 0 && !size_of(name)) {
        throw missing(name);
    }
}

io::Bytes RcloneRemote::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    // Beyond what rclone takes for a number there is no file either.
    constexpr auto offset_max =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    // Some servers answer with the beginning of a file when asked for what is behind its end
    // (Apache, seen through rclone 1.60), so that its size must be known.
    const auto size = known_size(name);
    if (!size) {
        throw missing(name);
    }
    if (bytes == 0 || offset > offset_max || offset >= *size) {
        return {};
    }
    io::MemorySink sink;
    const auto finished =
        run({"cat", fmt::format("--offset={}", offset),
             fmt::format("--count={}", std::min<std::uint64_t>(bytes, offset_max)), "--",
             path_of(name)},
            &sink);
    if (finished.status != 0) {
        throw failure(finished, "fetching a part of " + name, name);
    }
    if (sink.view().empty() && !size_of(name)) {
        throw missing(name);
    }
    return sink.take();
}

void RcloneRemote::remove(std::span<const std::string> names)
{
    for (const auto& name : names) {
        const auto finished = run({"deletefile", "--drive-use-trash=false", "--", path_of(name)});
        // The last is what releases say that have no exit status for it.
        if (finished.status != 0 && finished.status != exit_no_file &&
            finished.status != exit_no_directory &&
            finished.errors.find("doesn't exist") == std::string::npos) {
            throw failure(finished, "deleting " + name, name);
        }
    }
}

std::optional<std::uint64_t> RcloneRemote::size_of(const std::string& name)
{
    remote::check_name(name);
    const auto names = list();
    const auto found = std::ranges::find(names, name, &remote::Listed::name);
    return found == names.end() ? std::nullopt : std::optional{found->bytes};
}

// As of the last listing: a file that was replaced since is not read in parts that belong together
// anyway.
std::optional<std::uint64_t> RcloneRemote::known_size(const std::string& name)
{
    {
        const std::lock_guard guard{mutex_};
        if (const auto found = sizes_.find(name); found != sizes_.end()) {
            return found->second;
        }
    }
    return size_of(name);
}

std::optional<std::uint64_t> RcloneRemote::free_bytes()
{
    const auto finished = run({"about", "--json", "--", directory_});
    const auto facts = nlohmann::json::parse(finished.output, nullptr, false);
    if (finished.status != 0 || !facts.is_object() || !facts.contains("free") ||
        !facts["free"].is_number_unsigned()) {
        return std::nullopt;
    }
    return facts["free"].get<std::uint64_t>();
}

}  // namespace duplid::rclone
