#include "daemon/instance.hpp"

#include "daemon/hooks/unit_runner.hpp"
#include "daemon/process/hardening.hpp"
#include "daemon/process/log.hpp"

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace duplid::daemon {

namespace {

/// In the directory of the control socket: what RuntimeDirectory= of the unit makes.
std::string beside_socket(const Options& options, const char* name)
{
    return (std::filesystem::path{options.socket_path}.parent_path() / name).string();
}

/// Nobody, if no group was named and there is none of the usual name.
std::optional<gid_t> watchers_for(const Options& options)
{
    if (options.instance != proto::Instance::system) {
        return std::nullopt;
    }
    const auto group = group_of(options.group.empty() ? "duplid" : options.group);
    if (!group && !options.group.empty()) {
        throw Error{Error::Kind::invalid, "there is no group " + options.group, "--group"};
    }
    return group;
}

InheritedSockets sockets_for(const Options& options)
{
    if (options.instance == proto::Instance::private_) {
        return {};
    }
    auto sockets = InheritedSockets::take();
    if (!sockets.control) {
        sockets.control.emplace(ControlSocket::make(options.socket_path, watchers_for(options)));
        if (options.instance == proto::Instance::system) {
            // Its owner's alone: systemd connects as root.
            sockets.output.emplace(
                ControlSocket::make(beside_socket(options, "output.sock"), std::nullopt));
        }
    }
    return sockets;
}

std::unique_ptr<History> history_for(const Options& options, LoopMailbox& mailbox)
{
    if (options.instance == proto::Instance::private_) {
        return nullptr;
    }
    const auto& directory = options.places.state_directory;
    try {
        std::error_code code;
        std::filesystem::create_directories(directory, code);
        if (code) {
            throw system_error(code.value(), "making the state directory", directory);
        }
        return std::make_unique<History>(directory, mailbox);
    } catch (const Error& error) {
        // Backups matter more than their history.
        log(LogLevel::warning, LogClass::history,
            std::string{"runs are not remembered: "} + error.what());
        return nullptr;
    }
}

}  // namespace

Instance::Instance(const Options& options)
    : kind_{options.instance}, started_{std::time(nullptr)}, sockets_{sockets_for(options)},
      history_{history_for(options, mailbox_)}, runs_{mailbox_, history_.get()},
      jobs_{jobs_for(options)}, server_{loop_, mailbox_, kind_, watchers_for(options), callbacks()},
      dispatcher_{workshop_, runs_, questions_, mailbox_, surroundings()},
      deadline_{loop_,
                [] {
                    log(LogLevel::error, LogClass::late_end,
                        "not everything stopped in time: ending all the same");
                    std::_Exit(EXIT_FAILURE);
                }},
      farewell_{loop_, [this] { loop_.stop(); }}, on_terminate_{loop_, SIGTERM,
                                                                [this] { begin_stop(); }},
      on_interrupt_{loop_, SIGINT, [this] { begin_stop(); }}, on_hangup_{loop_, SIGHUP,
                                                                         [this] { reload(); }}
{
    workshop_.defaults = options.places;
    if (kind_ == proto::Instance::private_) {
        workshop_.defaults.kept_locks = &workshop_.kept_locks;
    }
    workshop_.has_lent_streams = options.lent_streams;
    if (kind_ == proto::Instance::system) {
        workshop_.hook_runner = std::make_unique<hooks::UnitRunner>(
            beside_socket(options, "hooks"),
            sockets_.output ? sockets_.output->release_fd() : io::Fd{});
    }
    if (jobs_) {
        metrics_file_ = std::make_unique<MetricsFile>();
        jobs_->begin();
    }
    runs_.on_event([this](std::uint64_t run) { on_run_event(run); });
    runs_.on_idle([this] { on_idle(); });
    questions_.on_idle([this] { on_idle(); });
    if (sockets_.control) {
        manager_.emplace();
        watchdog_.emplace(loop_, runs_, *manager_);
        server_.listen(sockets_.control->release_fd());
    } else {
        server_.adopt(io::Fd{options.control_fd});
    }
}

void Instance::run()
{
    if (manager_) {
        show_status();  // "systemctl status" has the line from the beginning
        manager_->ready();
    }
    loop_.run();
}

std::unique_ptr<JobService> Instance::jobs_for(const Options& options)
{
    if (options.instance == proto::Instance::private_) {
        return nullptr;
    }
    return std::make_unique<JobService>(JobService::Parts{workshop_, runs_, history_.get(), loop_,
                                                          machine_, [this] { return stopping_; },
                                                          [this] { publish_metrics(); }},
                                        options.config_directory);
}

Surroundings Instance::surroundings()
{
    return {.instance = kind_,
            .started = started_,
            .connections = [this] { return server_.sessions(); },
            .session = [this](std::uint64_t id) { return server_.find(id); },
            .shut_down = [this] { begin_stop(); },
            .stopping = [this] { return stopping_; },
            .jobs = jobs_.get(),
            .pauses = &pauses_,
            .metrics = [this] { return metrics(); }};
}

void Instance::reload()
{
    if (jobs_) {
        static_cast<void>(jobs_->reload());
    } else {
        begin_stop();
    }
}

ControlServer::Callbacks Instance::callbacks()
{
    return {
        .on_line = [this](Session& session,
                          proto::WipedBuffer line) { dispatcher_.serve(session, std::move(line)); },
        .on_lease_over = [this](Session& session) { runs_.hold_attached(session.id(), true); },
        .on_input_end = [this](Session& session) { runs_.hold_attached(session.id(), false); },
        .on_end =
            [this](Session& session) {
                runs_.stop_attached(session.id());
                if (kind_ == proto::Instance::private_) {
                    begin_stop();
                }
            },
        .on_last_end = [this] { continue_stop(); }};
}

void Instance::on_idle()
{
    if (kind_ != proto::Instance::private_) {
        rest_.follow();
    }
    // Posted, so that the last events of the last run go out first.
    mailbox_.post([this] { continue_stop(); });
}

void Instance::begin_stop()
{
    if (stopping_) {
        return;
    }
    stopping_ = true;
    if (manager_) {
        manager_->stopping();
    }
    server_.stop_listening();
    deadline_.start_once(stop_time_max);
    runs_.stop_all();
    questions_.close_all();
    mailbox_.post([this] { continue_stop(); });
}

void Instance::continue_stop()
{
    if (!stopping_ || runs_.running() + runs_.queued() > 0 || !questions_.idle()) {
        return;
    }
    if (server_.sessions() == 0) {
        loop_.stop();
        return;
    }
    server_.end_when_sent();
    farewell_.start_once(farewell_time_max);
}

void Instance::on_run_event(std::uint64_t run)
{
    if (jobs_) {
        jobs_->on_run_event(run);
    }
    server_.for_each([](Session& session) { session.pump(); });
    sleep_guard_.follow();
    if (watchdog_) {
        watchdog_->follow();
    }
    show_status();
    const std::pair counts{runs_.running(), runs_.queued()};
    if (std::exchange(counts_, counts) != counts) {
        publish_metrics();
    }
}

void Instance::show_status()
{
    if (!manager_) {
        return;
    }
    const auto running = runs_.running();
    auto status = running == 0 ? std::string{"idle"}
                               : std::to_string(running) + " running, " +
                                     std::to_string(runs_.queued()) + " waiting";
    if (status != status_) {
        manager_->status(status);
        status_ = std::move(status);
    }
}

std::string Instance::metrics() const
{
    return metrics_text({.instance = kind_,
                         .started = started_,
                         .running = runs_.running(),
                         .queued = runs_.queued(),
                         .jobs = jobs_ ? jobs_->metrics() : std::vector<JobMetrics>{}});
}

void Instance::publish_metrics()
{
    if (metrics_file_) {
        const auto& path = jobs_->metrics_file();
        metrics_file_->put(path, path.empty() ? std::string{} : metrics());
    }
}

}  // namespace duplid::daemon
