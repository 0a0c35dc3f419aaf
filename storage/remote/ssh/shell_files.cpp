#include "storage/remote/ssh/shell_files.hpp"

#include "storage/io/temp_file.hpp"
#include "storage/io/text.hpp"
#include "storage/remote/remote.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fmt/format.h>
#include <unistd.h>

namespace duplid::ssh {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;
constexpr std::size_t text_bytes_max = std::size_t{64} << 20U;

// Statuses that no program of ours has for anything else.
constexpr int status_torn = 91;
constexpr int status_missing = 92;
constexpr int status_taken = 94;

// Names are ended by the one byte that cannot be in them. `find` hands over as many names at once
// as a command line takes; where `stat` does not know -c, each file is counted by itself.
constexpr std::string_view list_command =
    "if stat -c %s . >/dev/null 2>&1; then "
    "find -L . ! -name . -prune -type f -exec stat -L -c '%s/%n/' {} + 2>/dev/null; else "
    "find -L . ! -name . -prune -type f -exec sh -c "
    "'for f do printf \"%s/%s/\" \"$(wc -c <\"$f\")\" \"$f\"; done' sh {} + 2>/dev/null; fi; "
    "printf //";

// Words of C libraries in the C locale; commands run under LC_ALL=C.
Error::Kind kind_of(std::string_view words)
{
    struct Row {
        std::string_view words;
        Error::Kind kind;
    };
    constexpr std::array rows{
        Row{"No space left", Error::Kind::no_space},
        Row{"uota exceeded", Error::Kind::no_space},
        Row{"File too large", Error::Kind::no_space},
        Row{"ermission denied", Error::Kind::denied},
        Row{"not permitted", Error::Kind::denied},
        Row{"Read-only file system", Error::Kind::denied},
        Row{"No such file", Error::Kind::not_found},
        Row{"not found", Error::Kind::invalid},  // a command
    };
    const auto* const found = std::ranges::find_if(
        rows, [&](const Row& row) { return words.find(row.words) != std::string_view::npos; });
    return found == rows.end() ? Error::Kind::unreachable : found->kind;
}

// Collects text, and so much of it only.
class TextSink final : public io::Sink {
public:
    void write(io::ByteView bytes) override
    {
        if (text_.size() + bytes.size() > text_bytes_max) {
            throw Error{Error::Kind::unreachable, "the server's shell says too much"};
        }
        text_ += io::text_of(bytes);
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace

std::string shell_quoted(std::string_view text)
{
    std::string quoted{"'"};
    for (const char c : text) {
        quoted += c == '\'' ? std::string_view{"'\\''"} : std::string_view{&c, 1};
    }
    return quoted + '\'';
}

std::vector<FileEntry> parse_shell_listing(std::string_view text)
{
    std::vector<FileEntry> files;
    const auto refuse = [] {
        return Error{Error::Kind::unreachable, "the server's listing is malformed"};
    };
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of("\n\r\t "), text.size()));
        if (text.starts_with("//")) {
            return files;
        }
        FileEntry file{{}, remote::unknown_bytes};
        const auto* const end = text.data() + text.size();
        const auto [after, problem] = std::from_chars(text.data(), end, file.bytes);
        text.remove_prefix(static_cast<std::size_t>(after - text.data()));
        if (problem == std::errc::result_out_of_range || !text.starts_with("/./")) {
            throw refuse();
        }
        text.remove_prefix(3);
        const auto length = text.find('/');
        if (length == std::string_view::npos || length == 0) {
            throw refuse();
        }
        file.name = std::string{text.substr(0, length)};
        text.remove_prefix(length + 1);
        files.push_back(std::move(file));
    }
}

ShellFiles::ShellFiles(Shell shell, const remote::RemoteOptions& options, std::string directory,
                       std::string server)
    : shell_{std::move(shell)}, options_{options},
      directory_{std::move(directory)}, server_{std::move(server)}
{
    // A path that is no option, whatever it begins with.
    if (!directory_.starts_with('/')) {
        directory_ = "./" + directory_;
    }
}

std::string ShellFiles::quoted_path(const std::string& name) const
{
    return shell_quoted(path_in(directory_, name));
}

namespace {

// What is sent to a command, piece by piece.
class Input {
public:
    Input(int fd, std::uint64_t bytes, const remote::RemoteOptions& options)
        : fd_{fd}, left_{bytes}, options_{options}, buffer_(bytes > 0 ? buffer_bytes : 0)
    {
    }

    /// Whether all of it is sent; moves on as far as `stream` takes it.
    bool is_sent(Stream& stream)
    {
        while (from_ < to_ || left_ > 0) {
            if (from_ == to_) {
                fill();
            }
            const auto sent = stream.try_write(io::ByteView{buffer_}.subspan(from_, to_ - from_));
            if (sent == 0) {
                return false;
            }
            from_ += sent;
        }
        return is_ended_ = is_ended_ || stream.try_end();
    }

private:
    void fill()
    {
        const auto count = std::min<std::uint64_t>(buffer_.size(), left_);
        if (options_.limits) {
            options_.limits->up.take(count, options_.stop);
        }
        const auto got =
            ::pread(fd_, buffer_.data(), static_cast<std::size_t>(count), static_cast<off_t>(at_));
        if (got <= 0) {
            throw got == 0 ? Error{Error::Kind::internal, "a file became shorter while it was sent"}
                           : system_error(errno, "reading what is to be sent", {});
        }
        at_ += static_cast<std::uint64_t>(got);
        left_ -= static_cast<std::uint64_t>(got);
        from_ = 0;
        to_ = static_cast<std::size_t>(got);
    }

    int fd_;
    std::uint64_t at_ = 0;
    std::uint64_t left_;
    const remote::RemoteOptions& options_;
    io::Bytes buffer_;
    std::size_t from_ = 0;
    std::size_t to_ = 0;
    bool is_ended_ = false;
};

}  // namespace

ShellFiles::Outcome ShellFiles::run(const std::string& command, io::Sink& output, int fd,
                                    std::uint64_t bytes)
{
    is_usable_ = false;
    // A shell of its own, whatever the account's is; with messages that can be understood.
    const auto stream = shell_.start("exec env LC_ALL=C sh -c " + shell_quoted(command));
    Input input{fd, bytes, options_};
    io::Bytes buffer(buffer_bytes);
    bool is_sent = false;
    for (;;) {
        is_sent = is_sent || input.is_sent(*stream);
        const auto got = stream->try_read(buffer);
        if (!got) {
            stream->wait(!is_sent);
        } else if (*got == 0) {
            break;
        } else {
            if (options_.limits) {
                options_.limits->down.take(*got, options_.stop);
            }
            output.write(io::ByteView{buffer}.first(*got));
        }
    }
    const auto status = stream->exit_status();
    if (!status) {
        stream->fail_ended();
    }
    is_usable_ = true;
    return {*status, stream->error_text()};
}

Error ShellFiles::failure_of(const Outcome& outcome, const char* doing,
                             const std::string& object) const
{
    if (outcome.status == status_missing) {
        return {Error::Kind::not_found,
                fmt::format("{} {} on {}: no such file", doing, object, server_), object};
    }
    const auto words = outcome.errors.empty() ? fmt::format("status {}", outcome.status)
                                              : io::printable(outcome.errors);
    return {kind_of(outcome.errors), fmt::format("{} {} on {}: {}", doing, object, server_, words),
            object};
}

std::string ShellFiles::run_for_text(const std::string& command, const char* doing,
                                     const std::string& object)
{
    TextSink text;
    const auto outcome = run(command, text);
    if (outcome.status != 0) {
        throw failure_of(outcome, doing, object);
    }
    return text.take();
}

void ShellFiles::make_directory()
{
    static_cast<void>(
        run_for_text(fmt::format("[ -d {0} ] || mkdir -p {0}", shell_quoted(directory_)),
                     "making directory", directory_));
}

bool ShellFiles::has_directory()
{
    TextSink none;
    return run("[ -d " + shell_quoted(directory_) + " ]", none).status == 0;
}

std::vector<FileEntry> ShellFiles::list()
{
    const auto command = fmt::format("[ -d {0} ] || exit {1}; cd {0} && [ -r . ] && {{ {2}; }}",
                                     shell_quoted(directory_), status_missing, list_command);
    return parse_shell_listing(run_for_text(command, "listing", directory_));
}

void ShellFiles::put(int fd, std::uint64_t bytes, const std::string& name)
{
    const auto path = path_in(directory_, name);
    const auto temporary = quoted_path(io::temporary_name(name));
    // A line that breaks in the middle looks to `cat` like an end: the size tells them apart.
    const auto command = fmt::format(
        "t={}; cat >\"$t\" && n=$(wc -c <\"$t\") || {{ s=$?; rm -f \"$t\"; exit $s; }}; "
        "[ \"$n\" -eq {} ] || {{ rm -f \"$t\"; exit {}; }}; sync \"$t\" 2>/dev/null; "
        "mv -f \"$t\" {} || {{ s=$?; rm -f \"$t\"; exit $s; }}",
        temporary, bytes, status_torn, shell_quoted(path));
    TextSink none;
    const auto outcome = run(command, none, fd, bytes);
    if (outcome.status == status_torn) {
        throw Error{Error::Kind::corrupt,
                    fmt::format("{}: {} bytes were sent, others have arrived", path, bytes), path};
    }
    if (outcome.status != 0) {
        throw failure_of(outcome, "writing", path);
    }
}

void ShellFiles::get(const std::string& name, io::Sink& sink)
{
    const auto path = path_in(directory_, name);
    const auto outcome = run(fmt::format("f={}; [ -f \"$f\" ] || exit {}; exec cat \"$f\"",
                                         shell_quoted(path), status_missing),
                             sink);
    if (outcome.status != 0) {
        throw failure_of(outcome, "reading", path);
    }
}

io::Bytes ShellFiles::get_range(const std::string& name, std::uint64_t offset, std::size_t bytes)
{
    const auto path = path_in(directory_, name);
    const auto size = size_of(name);
    if (!size) {
        throw failure_of({status_missing, {}}, "reading", path);
    }
    const auto count = offset < *size ? std::min<std::uint64_t>(bytes, *size - offset) : 0;
    if (count == 0) {
        return {};
    }
    io::MemorySink sink;
    const auto outcome = run(
        fmt::format("tail -c +{} {} | head -c {}", offset + 1, shell_quoted(path), count), sink);
    if (outcome.status != 0 || sink.view().size() != count) {
        throw failure_of(outcome, "reading", path);
    }
    return sink.take();
}

bool ShellFiles::remove(const std::string& name)
{
    const auto path = path_in(directory_, name);
    TextSink none;
    const auto outcome =
        run(fmt::format("f={}; [ -e \"$f\" ] || [ -h \"$f\" ] || exit {}; rm -f \"$f\"",
                        shell_quoted(path), status_missing),
            none);
    if (outcome.status != 0 && outcome.status != status_missing) {
        throw failure_of(outcome, "removing", path);
    }
    return outcome.status == 0;
}

void ShellFiles::rename(const std::string& from, const std::string& to)
{
    const auto old_path = path_in(directory_, from);
    const auto new_path = path_in(directory_, to);
    TextSink none;
    const auto outcome = run(fmt::format("f={}; t={}; [ -e \"$f\" ] || exit {}; "
                                         "[ -e \"$t\" ] && exit {}; mv \"$f\" \"$t\"",
                                         shell_quoted(old_path), shell_quoted(new_path),
                                         status_missing, status_taken),
                             none);
    if (outcome.status == status_taken) {
        throw Error{Error::Kind::invalid, "there is a file of that name already: " + new_path,
                    new_path};
    }
    if (outcome.status != 0) {
        throw failure_of(outcome, "renaming", old_path);
    }
}

std::optional<std::uint64_t> ShellFiles::size_of(const std::string& name)
{
    const auto path = path_in(directory_, name);
    TextSink text;
    const auto outcome = run(fmt::format("f={}; [ -f \"$f\" ] || exit {}; wc -c <\"$f\"",
                                         shell_quoted(path), status_missing),
                             text);
    if (outcome.status == status_missing) {
        return std::nullopt;
    }
    if (outcome.status != 0) {
        throw failure_of(outcome, "looking at", path);
    }
    auto number = text.take();
    number.erase(0, std::min(number.find_first_not_of(" \t"), number.size()));
    std::uint64_t bytes = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), bytes).ec != std::errc{}) {
        throw Error{Error::Kind::unreachable, "the server tells no size of " + path, path};
    }
    return bytes;
}

// The fourth column of the second line is what is available, in units of 1024 bytes (POSIX).
std::optional<std::uint64_t> ShellFiles::free_bytes()
{
    TextSink text;
    if (run("df -Pk " + shell_quoted(directory_) + " 2>/dev/null | awk 'NR==2 {print $4}'", text)
            .status != 0) {
        return std::nullopt;
    }
    const auto number = text.take();
    std::uint64_t kibibytes = 0;
    if (std::from_chars(number.data(), number.data() + number.size(), kibibytes).ec !=
        std::errc{}) {
        return std::nullopt;
    }
    return kibibytes * 1024;
}

}  // namespace duplid::ssh
