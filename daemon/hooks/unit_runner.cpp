#include "daemon/hooks/unit_runner.hpp"

#include "daemon/hooks/environment.hpp"
#include "daemon/hooks/stop_event.hpp"
#include "daemon/hooks/unit_job.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"
#include "storage/io/secret.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace duplid::hooks {

namespace {

using Clock = StopGrace::Clock;

/// systemd gives a unit TimeoutStopSec= (of the template: 10 s) and kills it then.
constexpr std::chrono::seconds stop_time_max{15};

/// The file that systemd/duplid-hook reads; gone with this object.
class FactsFile {
public:
    FactsFile(const std::string& directory, const Call& call)
        : path_{directory + "/" + call.name + ".env"}
    {
        constexpr unsigned directory_mode = 0700;
        constexpr unsigned file_mode = 0600;
        if (::mkdir(directory.c_str(), directory_mode) != 0 && errno != EEXIST) {
            throw system_error(errno, "making the directory for what hooks are told", directory);
        }
        const auto text = facts_file(call.facts);
        io::replace_file(path_, std::as_bytes(std::span{text}), file_mode);
    }
    FactsFile(const FactsFile&) = delete;
    FactsFile& operator=(const FactsFile&) = delete;
    ~FactsFile() { ::unlink(path_.c_str()); }

private:
    std::string path_;
};

constexpr std::size_t output_bytes = 64 << 10;

/// The process that connected.
pid_t peer_of(const io::Fd& connection)
{
    ucred peer{};
    socklen_t bytes = sizeof peer;
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) {
        throw system_error(errno, "looking whose output arrives", "getsockopt");
    }
    return peer.pid;
}

class WipedLater {
public:
    explicit WipedLater(io::ByteSpan bytes) noexcept : bytes_{bytes} {}
    WipedLater(const WipedLater&) = delete;
    WipedLater& operator=(const WipedLater&) = delete;
    ~WipedLater() { io::wipe(bytes_.data(), bytes_.size()); }

    [[nodiscard]] io::ByteView get() const noexcept { return bytes_; }

private:
    io::ByteSpan bytes_;
};

/// Until when a call may go on.
Clock::time_point end_of(Clock::time_point deadline, StopGrace& grace)
{
    return std::min(deadline, grace.ends().value_or(deadline));
}

}  // namespace

/// The right to a unit, held while this object lives.
class UnitRunner::Turn {
public:
    Turn(UnitRunner& runner, std::string unit, const Call& call, StopGrace& grace,
         Clock::time_point deadline)
        : runner_{runner}, unit_{std::move(unit)}
    {
        std::unique_lock lock{runner_.mutex_};
        // A stop wakes it at once; how much grace is left is seen below.
        const auto is_free = [this] { return !runner_.busy_.contains(unit_); };
        if (!runner_.changed_.wait_until(lock, grace.stop(), deadline, is_free)) {
            if (grace.stop().stop_requested()) {
                throw stopped(call);
            }
            throw too_long(call);
        }
        runner_.busy_.insert(unit_);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn()
    {
        {
            const std::lock_guard lock{runner_.mutex_};
            runner_.busy_.erase(unit_);
        }
        runner_.changed_.notify_all();
    }

private:
    UnitRunner& runner_;
    std::string unit_;
};

/// A unit, from its start to its end, within the time that it has. Whoever leaves it before stops
/// it.
class UnitRunner::Attendance {
public:
    Attendance(std::string unit, const Call& call, StopGrace& grace, Clock::time_point deadline)
        : call_{call}, grace_{grace}, deadline_{deadline}, unit_{std::move(unit)}, stop_{
                                                                                       grace.stop()}
    {
    }
    Attendance(const Attendance&) = delete;
    Attendance& operator=(const Attendance&) = delete;
    ~Attendance()
    {
        if (job_ && !is_over_) {
            try {
                job_->stop();
            } catch (const Error&) {
                // Its time is limited by whoever defined it.
            }
        }
    }

    void start() { job_.emplace(unit_); }
    [[nodiscard]] bool is_over() const noexcept { return is_over_; }
    [[nodiscard]] bool is_main_process(pid_t process) { return job_->is_main_process(process); }
    [[nodiscard]] int status() { return job_->status(); }

    void wait_for_end()
    {
        while (!is_over_) {
            wait(-1);
        }
    }

    /// Returns when `wake` can be read, when the unit's end is heard of, and now and then; of a
    /// unit that has ended, only for the former. Throws: too_long() and stopped(), the unit being
    /// stopped then.
    void wait(int wake)
    {
        const std::array wakes{wake, stop_.get()};
        const bool was_over = is_over_;
        if (was_over) {
            wait_for_rest(wakes);
        } else {
            is_over_ = job_->wait(end_of(deadline_, grace_), wakes);
        }
        stop_.seen();
        if ((was_over || !is_over_) && Clock::now() >= end_of(deadline_, grace_)) {
            end();
        }
    }

private:
    void wait_for_rest(const std::array<int, 2>& wakes)
    {
        using std::chrono::milliseconds;
        const auto left = std::chrono::ceil<milliseconds>(end_of(deadline_, grace_) - Clock::now());
        constexpr milliseconds poll_max{std::chrono::hours{1}};
        const auto wait = std::clamp(left, milliseconds{0}, poll_max);
        std::array<pollfd, 2> fds{{{wakes[0], POLLIN, 0}, {wakes[1], POLLIN, 0}}};
        if (::poll(fds.data(), fds.size(), static_cast<int>(wait.count())) < 0 && errno != EINTR) {
            throw system_error(errno, "waiting for a command", unit_);
        }
    }

    [[noreturn]] void end()
    {
        const bool was_stopped = grace_.ends() && Clock::now() < deadline_;
        if (!std::exchange(is_over_, true)) {
            job_->stop();
            static_cast<void>(job_->wait(Clock::now() + stop_time_max, {}));
        }
        throw was_stopped ? stopped(call_) : too_long(call_);
    }

    const Call& call_;
    StopGrace& grace_;
    Clock::time_point deadline_;
    std::string unit_;
    StopEvent stop_;
    std::optional<UnitJob> job_;
    bool is_over_ = false;
};

UnitRunner::UnitRunner(std::string facts_directory, io::Fd outputs)
    : facts_directory_{std::move(facts_directory)}, outputs_{std::move(outputs)}
{
    if (outputs_ && ::fcntl(outputs_.get(), F_SETFL, O_NONBLOCK) != 0) {
        throw system_error(errno, "preparing the socket for output", "fcntl");
    }
}

int UnitRunner::run(const Call& call, StopGrace& grace)
{
    const auto deadline = Clock::now() + call.time_max;
    if (end_of(deadline, grace) <= Clock::now()) {
        throw stopped(call);
    }
    const auto kind = call.output != nullptr ? command_units : hook_units;
    const auto name = std::string{kind} + call.name + ".service";
    const Turn turn{*this, name, call, grace, deadline};
    Attendance unit{name, call, grace, deadline};
    if (call.output == nullptr) {
        const FactsFile facts{facts_directory_, call};
        unit.start();
        unit.wait_for_end();
        return unit.status();
    }
    io::Fd output;
    {
        require_outputs(call);
        // One at a time until it is known which output is whose.
        const Turn start{*this, {}, call, grace, deadline};
        unit.start();
        output = accept_output(unit);
    }
    return take_output(call, unit, output);
}

void UnitRunner::require_outputs(const Call& call) const
{
    if (!outputs_) {
        throw Error{Error::Kind::not_found, "nothing listens for the output of commands", call.name,
                    "is duplid-output.socket installed and started?"};
    }
}

int UnitRunner::take_output(const Call& call, Attendance& unit, const io::Fd& output)
{
    io::Bytes buffer(output_bytes);
    for (bool goes_on = static_cast<bool>(output); goes_on;) {
        unit.wait(output.get());
        const auto got = ::read(output.get(), buffer.data(), buffer.size());
        if (got > 0) {
            // It may be a passphrase.
            const WipedLater bytes{io::ByteSpan{buffer}.first(static_cast<std::size_t>(got))};
            call.output->write(bytes.get());
        } else if (got < 0 && errno != EAGAIN && errno != EINTR) {
            throw system_error(errno, "reading what a command writes", call.name);
        }
        goes_on = got != 0;
    }
    unit.wait_for_end();
    const auto status = unit.status();
    if (status == 0 && !output) {
        throw Error{Error::Kind::unreachable, "its output did not arrive", call.name,
                    "what does \"systemctl cat duplid-command@" + call.name +
                        "\" say of StandardOutput=?"};
    }
    return status;
}

/// Empty when the unit has ended without any output of its own.
io::Fd UnitRunner::accept_output(Attendance& unit) const
{
    for (;;) {
        // Asked before the last look: what had connected by then is seen.
        const bool is_last = unit.is_over();
        if (!is_last) {
            unit.wait(outputs_.get());
        }
        for (;;) {
            io::Fd connection{
                ::accept4(outputs_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
            if (!connection) {
                break;
            }
            if (unit.is_main_process(peer_of(connection))) {
                return connection;
            }
        }
        if (is_last) {
            return {};
        }
    }
}

}  // namespace duplid::hooks
