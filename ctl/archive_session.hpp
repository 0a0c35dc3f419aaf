// Questions about archives: a passphrase is asked for only when the answer turns out to need one.
#pragma once

#include "ctl/command_line.hpp"
#include "ctl/failure.hpp"
#include "ctl/follow_run.hpp"
#include "ctl/instance.hpp"
#include "ctl/interrupts.hpp"
#include "ctl/request.hpp"
#include "ctl/secrets.hpp"
#include "ctl/session.hpp"
#include "ctl/verb_parts.hpp"
#include "proto/archive_params.hpp"

#include <nlohmann/json.hpp>

#include <string_view>
#include <vector>

namespace duplid::ctl {

/// Asks a question about an archive and returns the reply. Entries that come before it go to
/// `on_notification`. The passphrase is asked for when only it is missing: mostly the cache knows
/// the answer. Throws: Failure; Interrupted.
template <class Params>
[[nodiscard]] nlohmann::json ask_archive(const CommandLine& line, const Look& look,
                                         Interrupts& interrupts, std::string_view method,
                                         Params params, const Session::Handler& on_notification)
{
    auto secrets = take_environment_secrets();
    auto chosen = open_archive_instance(line, look, interrupts, params.archive);
    while (true) {
        try {
            return chosen.session->call_json(method, proto::write_message(params),
                                             members_of(secrets, params.archive), on_notification);
        } catch (const Failure& failure) {
            if (failure.error().kind != proto::ErrorKind::wrong_secret ||
                !ask_for_reading(secrets, params.archive, interrupts)) {
                throw;
            }
        }
    }
}

}  // namespace duplid::ctl
