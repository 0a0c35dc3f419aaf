// One running daemon: all its parts, and how it begins and ends.
#pragma once

#include "daemon/agenda/job_service.hpp"
#include "daemon/agenda/metrics_file.hpp"
#include "daemon/control/control_server.hpp"
#include "daemon/control/control_socket.hpp"
#include "daemon/dispatcher.hpp"
#include "daemon/loop/loop.hpp"
#include "daemon/operations/operations.hpp"
#include "daemon/options.hpp"
#include "daemon/questions/questions.hpp"
#include "daemon/runs/history.hpp"
#include "daemon/runs/run_pauses.hpp"
#include "daemon/runs/runs.hpp"
#include "daemon/schedule/machine.hpp"
#include "daemon/service/rest.hpp"
#include "daemon/service/service_manager.hpp"
#include "daemon/service/sleep_guard.hpp"
#include "daemon/service/watchdog.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace duplid::daemon {

/// Members are in the order in which they need each other; they go in reverse.
class Instance {
public:
    /// From being told to stop until the process is gone, whatever a run may be doing. What a run
    /// has shipped by then can be resumed. Below TimeoutStopSec= of the units.
    static constexpr std::chrono::seconds stop_time_max{20};
    /// Of that, for clients to take what was still to be said to them.
    static constexpr std::chrono::seconds farewell_time_max{2};

    explicit Instance(const Options& options);
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    /// Serves until told to stop (resident), or until the client has gone (private).
    void run();

private:
    [[nodiscard]] std::unique_ptr<JobService> jobs_for(const Options& options);
    [[nodiscard]] Surroundings surroundings();
    [[nodiscard]] ControlServer::Callbacks callbacks();
    void reload();
    void on_idle();
    void begin_stop();
    void continue_stop();
    void on_run_event(std::uint64_t run);
    void show_status();
    [[nodiscard]] std::string metrics() const;
    void publish_metrics();

    proto::Instance kind_;
    std::int64_t started_;
    bool stopping_ = false;
    Workshop workshop_;
    InheritedSockets sockets_;  ///< and those that were made instead
    Loop loop_;
    LoopMailbox mailbox_{loop_};
    std::unique_ptr<History> history_;
    Runs runs_;
    RunPauses pauses_{loop_, runs_};
    SleepGuard sleep_guard_{loop_, runs_};
    Questions questions_{mailbox_};
    Rest rest_{loop_, workshop_, runs_, questions_};
    schedule::Machine machine_{nullptr};
    std::unique_ptr<MetricsFile> metrics_file_;  ///< null: private instances have none
    std::unique_ptr<JobService> jobs_;           ///< null: private instances have none
    ControlServer server_;
    Dispatcher dispatcher_;
    std::optional<ServiceManager> manager_;
    std::optional<Watchdog> watchdog_;
    std::string status_;
    std::pair<std::size_t, std::size_t> counts_;  ///< of runs, as of the last event
    LoopTimer deadline_;
    LoopTimer farewell_;
    LoopSignal on_terminate_;
    LoopSignal on_interrupt_;
    LoopSignal on_hangup_;
};

}  // namespace duplid::daemon
