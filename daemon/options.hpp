// duplid's own command line, and the places that follow from it.
#pragma once

#include "daemon/archive/archive_opener.hpp"
#include "proto/session.hpp"

#include <span>
#include <string>

namespace duplid::daemon {

struct Options {
    enum class Action { serve, show_help, show_version };

    Action action = Action::serve;
    proto::Instance instance = proto::Instance::user;
    int control_fd = 3;            ///< private instances: our end of the socket pair
    bool lent_streams = false;     ///< private instances: 0 and 1 are the client's, to be used
    std::string socket_path;       ///< resident instances
    std::string config_directory;  ///< resident instances: duplid.json and jobs.d
    std::string group;             ///< system instances: whose members may watch; empty: the usual
    ArchiveDefaults places;
};

/// Throws: Error invalid, for what the user should be told with status 2.
[[nodiscard]] Options parse_options(std::span<const char* const> arguments);

/// What --help prints.
[[nodiscard]] std::string help_text();

}  // namespace duplid::daemon
