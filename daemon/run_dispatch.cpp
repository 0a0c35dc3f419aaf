// The methods about runs at work: pauses and limits.
#include "daemon/dispatcher.hpp"

#include <array>
#include <pwd.h>
#include <string>

namespace duplid::daemon {

namespace {

constexpr std::size_t entry_bytes_max = 16 << 10;

/// For eyes: "ann", or "user 1000" where nobody knows that number.
std::string name_of_user(uid_t uid)
{
    std::array<char, entry_bytes_max> texts{};
    struct passwd entry {};
    struct passwd* found = nullptr;
    if (::getpwuid_r(uid, &entry, texts.data(), texts.size(), &found) == 0 && found != nullptr) {
        return found->pw_name;
    }
    return "user " + std::to_string(uid);
}

}  // namespace

void Dispatcher::add_run_control_methods()
{
    namespace methods = proto::methods;
    add(methods::run_pause, Access::full, &Dispatcher::run_pause);
    add(methods::run_resume, Access::full, &Dispatcher::run_resume);
    add(methods::run_limit, Access::full, &Dispatcher::run_limit);
}

proto::RunsReply Dispatcher::run_pause(Session& session, proto::RunPauseParams& params)
{
    return around_.pauses->pause(params, name_of_user(session.uid()));
}

proto::RunsReply Dispatcher::run_resume(Session& session, proto::RunResumeParams& params)
{
    return around_.pauses->resume(params, name_of_user(session.uid()));
}

proto::RunsReply Dispatcher::run_limit(Session&, proto::RunLimitParams& params)
{
    return around_.pauses->limit(params);
}

}  // namespace duplid::daemon
