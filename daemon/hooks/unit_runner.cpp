#include "daemon/hooks/unit_runner.hpp"

#include "daemon/hooks/environment.hpp"
#include "daemon/hooks/stop_event.hpp"
#include "daemon/hooks/unit_job.hpp"
#include "storage/io/error.hpp"
#include "storage/io/file.hpp"

#include <algorithm>
#include <cerrno>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

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

/// Until when a call may go on.
Clock::time_point end_of(Clock::time_point deadline, StopGrace& grace)
{
    return std::min(deadline, grace.ends().value_or(deadline));
}

}  // namespace

/// The right to run the unit of a name, held while this object lives.
class UnitRunner::Turn {
public:
    Turn(UnitRunner& runner, const Call& call, StopGrace& grace, Clock::time_point deadline)
        : runner_{runner}, name_{call.name}
    {
        std::unique_lock lock{runner_.mutex_};
        // A stop wakes it at once; how much grace is left is seen below.
        const auto is_free = [this] { return !runner_.busy_.contains(name_); };
        if (!runner_.changed_.wait_until(lock, grace.stop(), deadline, is_free)) {
            if (grace.stop().stop_requested()) {
                throw stopped(call);
            }
            throw too_long(call);
        }
        runner_.busy_.insert(name_);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn()
    {
        {
            const std::lock_guard lock{runner_.mutex_};
            runner_.busy_.erase(name_);
        }
        runner_.changed_.notify_all();
    }

private:
    UnitRunner& runner_;
    std::string name_;
};

int UnitRunner::run(const Call& call, StopGrace& grace)
{
    const auto deadline = Clock::now() + call.time_max;
    if (end_of(deadline, grace) <= Clock::now()) {
        throw stopped(call);
    }
    const Turn turn{*this, call, grace, deadline};
    const FactsFile facts{facts_directory_, call};
    const StopEvent stop{grace.stop()};
    UnitJob job{"duplid-hook@" + call.name + ".service"};
    while (!job.wait(end_of(deadline, grace), stop.get())) {
        stop.seen();
        if (Clock::now() < end_of(deadline, grace)) {
            continue;
        }
        const bool was_stopped = grace.ends() && Clock::now() < deadline;
        job.stop();
        static_cast<void>(job.wait(Clock::now() + stop_time_max, -1));
        throw was_stopped ? stopped(call) : too_long(call);
    }
    return job.status();
}

}  // namespace duplid::hooks
