#include "ctl/setup/service.hpp"

#include "ctl/process/failure.hpp"
#include "ctl/setup/program.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace duplid::setup {

namespace {

using ctl::OptionId;

constexpr const char* unit = "duplid.service";

std::string first_line(const std::string& text)
{
    return text.substr(0, text.find('\n'));
}

bool is_for_system(const ctl::CommandLine& line)
{
    return line.has(OptionId::system) || (!line.has(OptionId::user) && ::geteuid() == 0);
}

}  // namespace

std::vector<std::string> ServiceManager::words(const std::vector<std::string>& more) const
{
    std::vector<std::string> all{"systemctl"};
    if (!for_system_) {
        all.emplace_back("--user");
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

void ServiceManager::demand(const std::vector<std::string>& more) const
{
    const auto command = words(more);
    const auto ended = run_program(command, true);
    if (!ended || ended->status != 0) {
        throw ctl::Failure{{.kind = proto::ErrorKind::unreachable,
                            .cause = "the service manager did not do as it was told",
                            .object = fmt::format("{}", fmt::join(command, " ")),
                            .hint = "\"journalctl -u duplid\" may say why"}};
    }
}

bool ServiceManager::knows_duplid() const
{
    const auto ended = run_program(words({"show", "--property=LoadState", "--value", unit}));
    return ended && ended->status == 0 && first_line(ended->text) == "loaded";
}

bool ServiceManager::starts_duplid() const
{
    const auto ended = run_program(words({"is-enabled", unit}));
    return ended && ended->status == 0;
}

void ServiceManager::enable_and_start() const
{
    demand({"enable", "--now", unit});
}

void ServiceManager::reload() const
{
    demand({"daemon-reload"});
}

void ServiceManager::restart() const
{
    reload();
    demand({"restart", unit});
}

ctl::Chosen connect(const ctl::CommandLine& line, const Questions& questions,
                    ctl::Interrupts& interrupts)
{
    const bool for_system = is_for_system(line);
    const ServiceManager manager{for_system};
    if (line.has(OptionId::socket)) {
        return ctl::resident_instance(line, interrupts);
    }
    try {
        auto chosen = ctl::resident_instance(line, interrupts);
        if (manager.knows_duplid() && !manager.starts_duplid() &&
            questions.yes(fmt::format("duplid is running. Start it {}, too?", manager.moment()),
                          true)) {
            manager.enable_and_start();
        }
        return chosen;
    } catch (const ctl::Failure& failure) {
        auto error = failure.error();
        if (error.kind != proto::ErrorKind::unreachable) {
            throw;
        }
        if (!manager.knows_duplid()) {
            error.hint = for_system
                             ? "no service manager knows duplid here: start \"duplid --system\" "
                               "as the user duplid, and see that it is started at boot"
                             : "no service manager knows duplid here: start \"duplid\", and see "
                               "that it is started with your session";
            throw ctl::Failure{std::move(error)};
        }
        if (!questions.yes(
                fmt::format("duplid is not running. Start it now, and {}?", manager.moment()),
                true)) {
            throw;
        }
    }
    manager.enable_and_start();
    return ctl::resident_instance(line, interrupts);
}

}  // namespace duplid::setup
