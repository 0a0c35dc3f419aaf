// duplid: where it begins. The wiring is in instance.hpp; the table of methods in dispatcher.cpp.

#include "daemon/instance.hpp"
#include "daemon/options.hpp"
#include "daemon/process/hardening.hpp"
#include "daemon/process/log.hpp"
#include "proto/error.hpp"
#include "storage/io/error.hpp"

#include <cstdio>
#include <exception>
#include <span>

namespace {

using namespace duplid;

int serve(const daemon::Options& options)
{
    daemon::harden_process();
    daemon::wipe_environment_secrets();
    if (options.instance != proto::Instance::private_) {
        daemon::Rest::prepare_allocator();
    }
    if (options.instance == proto::Instance::private_) {
        daemon::close_other_descriptors(options.control_fd, options.lent_streams);
    }
    daemon::Instance{options}.run();
    return 0;
}

int run(std::span<const char* const> arguments)
{
    const auto options = daemon::parse_options(arguments);
    switch (options.action) {
    case daemon::Options::Action::show_help:
        std::fputs(daemon::help_text().c_str(), stdout);
        return 0;
    case daemon::Options::Action::show_version:
        std::puts("duplid " DUPLID_VERSION);
        return 0;
    case daemon::Options::Action::serve:
        break;
    }
    return serve(options);
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        return run(std::span{argv, static_cast<std::size_t>(argc)}.subspan(1));
    } catch (const Error& error) {
        daemon::log(daemon::LogLevel::error,
                    error.hint().empty() ? error.what()
                                         : std::string{error.what()} + " (" + error.hint() + ")");
        return static_cast<int>(
            proto::row_of(proto::error_kind_of(name_of(error.kind()))).exit_code);
    } catch (const std::exception& error) {
        daemon::log(daemon::LogLevel::error, error.what());
        return static_cast<int>(proto::ExitCode::failed);
    }
}
